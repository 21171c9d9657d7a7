//! `POST /v1/admin`: an administrator asks, and sees people and tablets as they are then.

use sync::endpoint::{Signer, administers};
use sync::wire::admin::{AdminReply, AdminRequest, Ask};

use super::body;
use super::fault::Fault;
use crate::admin::{self, AdminError};
use crate::state::Endpoint;
use crate::store::{Store, Tx};

impl From<AdminError> for Fault {
    fn from(error: AdminError) -> Self {
        match error {
            AdminError::Server(error) => error.into(),
            other => {
                let code = match other {
                    AdminError::NoName => "name",
                    AdminError::CodeTaken => "code_taken",
                    AdminError::LastAdministrator => "last_administrator",
                    AdminError::Unknown(_) | AdminError::Invalid(_) | AdminError::Server(_) => {
                        "not_done"
                    }
                };
                Self::not_done(code, other.to_string())
            }
        }
    }
}

/// Does what an administrator asks. `origin` is where the app is served. The roster is judged as it
/// is within the same transaction.
///
/// # Errors
/// A fault where the person who signed is no administrator, the roster has changed since they
/// looked, or what is asked cannot be done. Nothing is changed then.
pub async fn admin<S: Store>(
    endpoint: &Endpoint<S>,
    request: &AdminRequest,
    signer: Signer,
    origin: Option<&str>,
) -> Result<AdminReply, Fault> {
    body::speaks(request.proto)?;
    let mut tx = endpoint.store.write().await?;
    let mut ledger = endpoint.ledger(&mut tx).await?;
    let roster = &ledger.roster;
    let revoked = roster
        .device(&request.device)
        .is_none_or(|device| device.revoked);
    let by = administers(&signer, roster).filter(|_| !revoked);
    let by = by.ok_or_else(Fault::no_administrator)?;
    if request.ask != Ask::View && request.seen != roster.position() {
        return Err(Fault::changed());
    }
    if matches!(&request.ask, Ask::RevokeTablet { tablet, .. } if *tablet == request.device) {
        let what = "this is the tablet in use: revoke it from another one";
        return Err(Fault::not_done("own_tablet", what));
    }
    let mut made = admin::administer(&mut ledger, Some(by), &request.ask).await?;
    if let (Some(made), Some(origin)) = (&mut made, origin) {
        made.qr = admin::qr(&format!("{origin}/join#{}", made.link));
    }
    let reply = admin::view(&mut ledger, made).await?;
    tx.commit().await?;
    Ok(reply)
}
