//! Writes a pin file, the one document that Lifeboat itself keeps up to date.

use std::fmt::Write as _;

use crate::model::{HostPin, PinFile};

const HEAD: &str = "\
# Addresses of hosts that Lifeboat reaches even when DNS is dead or lies. Certificates are checked by name all the same.
# `lifeboat ready` refreshes this file; review what changed, then commit it, signed, with the estate.
";

/// Writes a pin file so that reading it gives the same, and the same file gives the same bytes.
pub fn pin_text(file: &PinFile) -> String {
    let mut text = format!("{HEAD}schema: {}\n", file.schema);
    text.push_str(if file.hosts.is_empty() { "hosts: []\n" } else { "hosts:\n" });
    for pin in &file.hosts {
        write_pin(&mut text, pin);
    }
    text
}

fn write_pin(text: &mut String, pin: &HostPin) {
    let HostPin { host, port, addresses, learned, ttl } = pin;
    let addresses: Vec<String> = addresses.iter().map(|ip| format!("\"{ip}\"")).collect();
    let addresses = addresses.join(", ");
    // Quoted: a name may look like a number or a truth value.
    let _ = write!(
        text,
        "  - host: \"{host}\"\n    port: {port}\n    addresses: [{addresses}]\n    learned: {learned}\n    ttl: {ttl}\n"
    );
}

#[cfg(test)]
mod tests {
    use super::super::{Source, pins};
    use super::*;
    use crate::model::Span;

    #[test]
    fn what_is_written_is_read_again() {
        let mut file = PinFile::empty();
        assert_eq!(pins(&Source::new("pins.yaml", pin_text(&file))), Ok(file.clone()));
        for host in ["api.example", "true", "1e5", "null.", "no.example"] {
            let addresses =
                ["198.51.100.7", "2001:db8::7"].map(|ip| ip.parse().expect("an address"));
            let learned = "2026-11-03T09:00:00.25Z".parse().expect("a moment");
            let (host, ttl) = (host.to_owned(), Span::from_millis(90_500));
            file.note(HostPin { host, port: 443, addresses: addresses.to_vec(), learned, ttl });
        }
        let text = pin_text(&file);
        assert_eq!(pins(&Source::new("pins.yaml", text)), Ok(file));
    }
}
