//! t
use crate::{error::ServerError, serve::Data};
/// s
pub const START_MS: i64 = 0;
/// o
pub async fn open(data: &std::path::Path) -> Result<Data, ServerError> {
    crate::serve::open(data, START_MS).await
}
