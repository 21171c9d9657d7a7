//! Photos: those of a draft become those of its act; of an act they are shown where they lie on
//! this tablet, and fetched when somebody wants to see them.

use std::sync::Arc;

use domain::act::{Act, Photo};
use domain::id::{AttachmentName, CaseId};
use record::keys::to_base64;
use record::{Attachment, DeviceId};
use sync::tablet::{TabletError, part_to_put, read_sealed};
use sync::wire::attachment::{
    BROKEN_ATTACHMENT, GET_PATH, GetReply, LACKING_PATH, LackingReply, LackingRequest, Named,
    PUT_PATH, PutReply,
};
use sync::wire::{PROTO, Sealed};

use crate::net::{self, NetFault};
use crate::platform;
use crate::state::{App, BrowserTablet, Core, SaveFault};

/// Most parts that are sent of one photo at a time: twice as many as it has.
const PUTS_MAX: u32 = 40;

/// A photo at hand: its name, and its address for an element that shows it.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct Shown {
    /// Which.
    pub(crate) name: AttachmentName,
    /// The picture itself.
    pub(crate) url: Arc<str>,
}

impl Shown {
    fn of(attachment: &Attachment) -> Self {
        let content = to_base64(attachment.content());
        Self {
            name: AttachmentName(attachment.name().to_string()),
            url: format!("data:image/jpeg;base64,{content}").into(),
        }
    }
}

/// As an act names it.
fn named(attachment: &Attachment) -> Photo {
    Photo {
        name: AttachmentName(attachment.name().to_string()),
        salt: to_base64(attachment.salt()),
    }
}

/// The attachment of an act of a case: it belongs to the case's scope.
fn of_case(app: App, case: &CaseId, name: &AttachmentName) -> Option<(std::rc::Rc<Core>, Named)> {
    let core = app.core()?;
    let scope = core.scope_of(Some(case))?;
    let name = name.as_str().parse().ok()?;
    Some((core, Named { scope, name }))
}

/// Keeps a photo with the draft of an act of a case, or of one that is not there yet.
///
/// # Errors
/// The storage does not take it; it has to be taken again.
pub(crate) async fn keep(
    core: &Core,
    case: Option<&CaseId>,
    draft: &str,
    content: &[u8],
) -> Result<Shown, SaveFault> {
    let failed = |text: &str| SaveFault::Failed(text.to_owned());
    let scope = core.scope_of(case).ok_or_else(|| failed("no scope"))?;
    let mut salt = [0; 16];
    platform::fill_random(&mut salt).map_err(|_| failed("no random source"))?;
    let photo = Attachment::new(salt, content);
    core.tablet.save_draft_photo(scope, draft, &photo).await?;
    Ok(Shown::of(&photo))
}

/// The photos of a draft.
pub(crate) async fn of_draft(app: App, draft: &str) -> Vec<Shown> {
    let Some(core) = app.core() else {
        return Vec::new();
    };
    let photos = core.tablet.draft_photos(draft).await.unwrap_or_default();
    photos.iter().map(Shown::of).collect()
}

/// The photos of a draft, which the first of its acts that takes any names; none where no act does.
///
/// # Errors
/// The storage fails.
pub(crate) async fn for_acts(
    core: &Core,
    draft: &str,
    acts: &mut [Act],
) -> Result<Vec<Attachment>, TabletError> {
    let Some(names) = acts.iter_mut().find_map(Act::photos_mut) else {
        return Ok(Vec::new());
    };
    let photos = core.tablet.draft_photos(draft).await?;
    names.extend(photos.iter().map(named));
    Ok(photos)
}

/// Takes a photo from a draft.
///
/// # Errors
/// The storage fails; it stays.
pub(crate) async fn remove(
    app: App,
    draft: &str,
    name: &AttachmentName,
) -> Result<(), TabletError> {
    let core = app.core();
    if let (Some(core), Ok(name)) = (core, name.as_str().parse()) {
        core.tablet.drop_draft_photo(draft, name).await?;
    }
    Ok(())
}

/// A photo of an act, where it lies on this tablet.
pub(crate) async fn held(app: App, case: &CaseId, name: &AttachmentName) -> Option<Shown> {
    let (core, named) = of_case(app, case, name)?;
    let photo = core.tablet.attachment(&named).await.ok()??;
    Some(Shown::of(&photo))
}

/// Whether a photo is on this tablet alone.
pub(crate) fn is_unsent(app: App, case: &CaseId, name: &AttachmentName) -> bool {
    let named = of_case(app, case, name);
    named.is_some_and(|(core, named)| core.tablet.is_pending(&named))
}

/// Fetches a photo of an act from the endpoint, and keeps it.
///
/// # Errors
/// The endpoint was not reached, or has it not (yet).
pub(crate) async fn fetch(
    app: App,
    case: &CaseId,
    name: &AttachmentName,
) -> Result<Shown, NetFault> {
    let (core, named) = of_case(app, case, name).ok_or(NetFault::Offline)?;
    let mut parts: Vec<GetReply> = Vec::new();
    loop {
        let part = u32::try_from(parts.len()).unwrap_or(u32::MAX);
        let body = body_of(&core.tablet.get_request(named, part))?;
        let reply: GetReply = net::post_signed(&core, GET_PATH, body).await?;
        let all = usize::try_from(reply.parts).unwrap_or(0);
        parts.push(reply);
        if parts.len() >= all {
            break;
        }
    }
    let taken = core.tablet.take_attachment(&named, &parts).await?;
    Ok(Shown::of(&taken.ok_or(NetFault::Garbled)?))
}

fn body_of<T: serde::Serialize>(request: &T) -> Result<String, NetFault> {
    serde_json::to_string(request).map_err(|_| NetFault::Garbled)
}

/// Sends the photos that the endpoint has not acknowledged, as they lie: one, and the next as long
/// as it `goes_on`. Answers whether there were any. One that it does not take holds up no other.
///
/// # Errors
/// The endpoint was not reached, or the storage fails: what was not acknowledged is sent again.
pub(crate) async fn send(
    tablet: &BrowserTablet,
    goes_on: impl Fn() -> bool,
) -> Result<bool, NetFault> {
    let mut waiting = tablet.attachments_waiting();
    let any = waiting > 0;
    while let Some(ask) = tablet.lacking_request() {
        let reply: LackingReply = post(tablet, LACKING_PATH, &ask).await?;
        for (of, from) in tablet.take_lacking(&ask, &reply).await? {
            send_one(tablet, of, from).await?;
            if !goes_on() {
                return Ok(any);
            }
        }
        let left = tablet.attachments_waiting();
        if left >= waiting {
            break;
        }
        waiting = left;
    }
    Ok(any)
}

async fn send_one(tablet: &BrowserTablet, of: Named, from: u32) -> Result<(), NetFault> {
    let sealed = tablet.sealed_attachment(&of).await?.unwrap_or_default();
    match put_parts(tablet, tablet.device(), (of, &sealed), from).await? {
        Some(reply) => tablet.take_put(of, &reply).await?,
        None => tablet.attachment_refused(of),
    }
    Ok(())
}

/// Hands a photo of another tablet in, as it lay there; answers whether the endpoint has it now.
///
/// # Errors
/// The endpoint was not reached: the file is handed in again.
pub(crate) async fn hand_in(
    tablet: &BrowserTablet,
    owner: DeviceId,
    sealed: &Sealed,
) -> Result<bool, NetFault> {
    let Some((of, sealed)) = read_sealed(sealed) else {
        return Ok(false);
    };
    let ask = LackingRequest {
        proto: PROTO,
        device: tablet.device(),
        owner,
        attachments: vec![of],
    };
    let reply: LackingReply = post(tablet, LACKING_PATH, &ask).await?;
    let Some(lacking) = reply.lacking.first() else {
        return Ok(true);
    };
    let put = put_parts(tablet, owner, (of, &sealed), lacking.next).await?;
    Ok(put.is_some())
}

/// Sends what lies sealed on a tablet, from one of its parts on, until the endpoint holds the
/// whole; `None` where there is nothing to send, or it does not take it.
async fn put_parts(
    tablet: &BrowserTablet,
    owner: DeviceId,
    (of, sealed): (Named, &[u8]),
    from: u32,
) -> Result<Option<PutReply>, NetFault> {
    let mut next = from;
    for _ in 0..PUTS_MAX {
        let request = part_to_put((tablet.device(), owner), of, sealed, next);
        let Some(request) = request else {
            return Ok(None);
        };
        match post::<PutReply>(tablet, PUT_PATH, &request).await {
            Ok(PutReply {
                next: Some(missing),
                ..
            }) => next = missing,
            Ok(reply) => return Ok(Some(reply)),
            Err(NetFault::Refused(body)) if body.error == BROKEN_ATTACHMENT => return Ok(None),
            Err(fault) => return Err(fault),
        }
    }
    // An endpoint that always lacks one part more is none.
    Err(NetFault::Garbled)
}

async fn post<R: serde::de::DeserializeOwned>(
    tablet: &BrowserTablet,
    path: &str,
    request: &impl serde::Serialize,
) -> Result<R, NetFault> {
    let body = body_of(request)?;
    net::post_as_device(tablet.storage(), tablet.device(), path, body).await
}
