//! Codes with which people sign in on a tablet: made by the administrator, told to the person, used
//! on one tablet, void after a while. Only their digests are kept.

use record::{Hash, StaffId};
use sync::endpoint::{join_code, normal_code};

use crate::error::ServerError;
use crate::random::Random;
use crate::store::{SignInRow, Tx};

/// How long a code is good, hours.
pub const HOURS: u32 = 72;

/// What is kept of a code in its normal form.
#[must_use]
pub fn digest(code: &str) -> String {
    Hash::of(code.as_bytes()).to_string()
}

/// Makes a code for a person, by an administrator or at the command line, and answers it as people
/// type it.
///
/// # Errors
/// Where the store fails or there is no randomness.
pub async fn new_code<T: Tx>(
    tx: &mut T,
    random: &Random,
    (staff, by): (StaffId, Option<StaffId>),
    until_ms: i64,
) -> Result<String, ServerError> {
    let code = join_code(random.bytes()?);
    tx.set_sign_in_code(&SignInRow {
        digest: digest(&normal_code(&code)),
        staff: staff.to_string(),
        made_by: by.map(|by| by.to_string()),
        until_ms,
        device: None,
    })
    .await?;
    Ok(code)
}
