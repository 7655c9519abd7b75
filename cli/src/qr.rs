//! QR codes as a terminal can show them.

use console::style;
use qrcode::render::unicode::Dense1x2;
use qrcode::{EcLevel, QrCode};

/// The code as half-block characters, black on white where the terminal has colours, so that scanners read it on dark
/// terminals too; `None` where the text is too long for one.
pub(crate) fn to_text(text: &str) -> Option<String> {
    let code = QrCode::with_error_correction_level(text, EcLevel::L).ok()?;
    // Dark modules are blocks in the letters' colour.
    let picture = code.render::<Dense1x2>().quiet_zone(true).build();
    Some(picture.lines().map(|line| format!("{}\n", style(line).black().on_white())).collect())
}
