//! x
use crate::error::ServerError;
/// e
pub async fn explain(
    _f: Option<&std::path::Path>,
    _d: &std::path::Path,
    _c: Option<String>,
    _at: i64,
    _j: bool,
) -> Result<String, ServerError> {
    Ok(String::new())
}
