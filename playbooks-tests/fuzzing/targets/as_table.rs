//! The table of networks by address.

use lifeboat::wire::as_table::AsTable;

use super::{Target, lies_inside, plain, text_of, within};

pub const TARGET: Target = Target {
    name: "as-table",
    decoders: &["wire::as_table::AsTable::parse"],
    hold,
    planted,
    swollen: &[
        |size| {
            (0..size / 12)
                .rev()
                .flat_map(|n| {
                    let [_, a, b, c] = (n as u32).to_be_bytes();
                    format!("{a}.{b}.{c}.0\t{a}.{b}.{c}.9\t7\n").into_bytes()
                })
                .collect()
        },
        |size| b"#\n".repeat(size / 2),
        |size| b"\t".repeat(size),
    ],
};

fn hold(bytes: &[u8]) {
    let Some(text) = text_of(bytes) else { return };
    match within(bytes, || AsTable::parse(text)) {
        Ok(table) => {
            assert!(table.len() <= text.lines().count());
            assert!(table.addresses_of(0).next().is_none(), "AS 0 is left out");
            for asn in [1, 7, 64500] {
                let first = table.addresses_of(asn).next();
                assert!(first.is_none_or(|first| found(&table, first, asn)));
            }
        }
        Err(error) => {
            plain(&error);
            lies_inside(text, error.line, 1);
        }
    }
}

/// Tells whether an address is found; one that is an IPv4 address in IPv6 is looked up as the former.
fn found(table: &AsTable, address: std::net::IpAddr, asn: u32) -> bool {
    table.asn_of(address) == Some(asn) || address.to_canonical() != address
}

/// A range of IPv6 addresses that belongs to AS 7.
fn planted(bytes: &[u8]) -> Option<bool> {
    let table = AsTable::parse(text_of(bytes)?).ok()?;
    Some(table.addresses_of(7).next().is_some_and(|first| first.is_ipv6()))
}
