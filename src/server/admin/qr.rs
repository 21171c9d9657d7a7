//! Links with codes as QR codes: a tablet's camera reads them, nobody types.

use qrcodegen::{QrCode, QrCodeEcc};
use sync::wire::admin::Qr;

/// The code of a text; `None` where it is too long for one.
#[must_use]
pub fn qr(text: &str) -> Option<Qr> {
    let code = QrCode::encode_text(text, QrCodeEcc::Medium).ok()?;
    let side = code.size();
    let dark = (0..side).flat_map(|y| (0..side).map(move |x| (x, y)));
    let modules = dark.map(|(x, y)| if code.get_module(x, y) { '1' } else { '0' });
    Some(Qr {
        side: u32::try_from(side).ok()?,
        modules: modules.collect(),
    })
}
