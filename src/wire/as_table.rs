//! The table that maps addresses to networks: `start⇥end⇥asn⇥country⇥name`, one range a line.

use std::net::IpAddr;

use thiserror::Error;

use crate::model::Remote;

/// Ranges of addresses with their AS numbers, sorted, without overlaps.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct AsTable {
    four: Vec<(u32, u32, u32)>,
    six: Vec<(u128, u128, u32)>,
}

/// What is wrong with a table, and where.
#[derive(Clone, Debug, PartialEq, Eq, Error)]
#[error("line {line}: {what}")]
pub struct AsTableError {
    /// The line, from 1.
    pub line: usize,
    /// What is wrong there.
    pub what: AsTableFault,
}

/// What is wrong with a line.
#[derive(Clone, Debug, PartialEq, Eq, Error)]
pub enum AsTableFault {
    /// Fewer than three columns.
    #[error("{0} columns, where `start`, `end` and `asn` are needed, with tabs between them")]
    Columns(usize),
    /// No address.
    #[error("`{}` is no IP address", Remote::new(.0))]
    Address(String),
    /// No AS number.
    #[error("`{}` is no AS number", Remote::new(.0))]
    Asn(String),
    /// Start and end do not belong together.
    #[error("the range ends before it starts, or in another address family")]
    Backwards,
    /// The range overlaps one of another line.
    #[error("the range overlaps the one of line {0}")]
    Overlaps(usize),
}

impl AsTableError {
    /// Says what to do next.
    pub const fn hint(&self) -> &'static str {
        "each line is `start<TAB>end<TAB>asn<TAB>country<TAB>name`, for example `192.0.2.0<TAB>192.0.2.255<TAB>64500<TAB>NL<TAB>EXAMPLE`"
    }
}

/// A range as it was read: start, end, AS number, line.
type Row<T> = (T, T, u32, usize);

impl AsTable {
    /// Reads a table. Empty lines, lines that start with `#`, and AS 0 ("not routed") are left out.
    ///
    /// # Errors
    /// The first line that is wrong.
    pub fn parse(text: &str) -> Result<Self, AsTableError> {
        let (mut four, mut six) = (Vec::new(), Vec::new());
        for (index, line) in text.lines().enumerate() {
            if line.trim().is_empty() || line.starts_with('#') {
                continue;
            }
            let number = index + 1;
            let (start, end, asn) =
                read(line).map_err(|what| AsTableError { line: number, what })?;
            match (start, end) {
                (IpAddr::V4(start), IpAddr::V4(end)) if start <= end => {
                    four.push((u32::from(start), u32::from(end), asn, number));
                }
                (IpAddr::V6(start), IpAddr::V6(end)) if start <= end => {
                    six.push((u128::from(start), u128::from(end), asn, number));
                }
                (IpAddr::V4(_) | IpAddr::V6(_), IpAddr::V4(_) | IpAddr::V6(_)) => {
                    return Err(AsTableError { line: number, what: AsTableFault::Backwards });
                }
            }
        }
        Ok(Self { four: sorted(four)?, six: sorted(six)? })
    }

    /// Returns the AS that an address lies in; one mapped into IPv6 counts as the IPv4 address it is.
    pub fn asn_of(&self, ip: IpAddr) -> Option<u32> {
        match ip.to_canonical() {
            IpAddr::V4(ip) => find(&self.four, u32::from(ip)),
            IpAddr::V6(ip) => find(&self.six, u128::from(ip)),
        }
    }

    /// Returns the addresses that belong to an AS, IPv4 before IPv6, each range from its start.
    pub fn addresses_of(&self, asn: u32) -> impl Iterator<Item = IpAddr> {
        let four = self.four.iter().filter(move |row| row.2 == asn);
        let six = self.six.iter().filter(move |row| row.2 == asn);
        let four = four.flat_map(|(start, end, _)| (*start..=*end).map(|it| it.to_be_bytes()));
        let six = six.flat_map(|(start, end, _)| (*start..=*end).map(|it| it.to_be_bytes()));
        four.map(IpAddr::from).chain(six.map(IpAddr::from))
    }

    /// Returns how many ranges it has.
    pub fn len(&self) -> usize {
        self.four.len() + self.six.len()
    }

    /// Tells whether it has no range.
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }
}

fn read(line: &str) -> Result<(IpAddr, IpAddr, u32), AsTableFault> {
    let columns: Vec<&str> = line.split('\t').map(str::trim).collect();
    let [start, end, asn, ..] = columns[..] else {
        return Err(AsTableFault::Columns(columns.len()));
    };
    let address = |text: &str| text.parse().map_err(|_| AsTableFault::Address(text.to_owned()));
    let digits = asn.strip_prefix("AS").unwrap_or(asn);
    let asn = digits.parse().map_err(|_| AsTableFault::Asn(asn.to_owned()))?;
    Ok((address(start)?, address(end)?, asn))
}

/// Sorts ranges, refuses overlaps and leaves out what is not routed.
fn sorted<T: Copy + Ord>(mut rows: Vec<Row<T>>) -> Result<Vec<(T, T, u32)>, AsTableError> {
    rows.sort_unstable();
    for two in rows.windows(2) {
        let (first, second) = (two[0], two[1]);
        if second.0 <= first.1 {
            let (line, other) = (first.3.max(second.3), first.3.min(second.3));
            return Err(AsTableError { line, what: AsTableFault::Overlaps(other) });
        }
    }
    Ok(rows.into_iter().filter(|row| row.2 != 0).map(|row| (row.0, row.1, row.2)).collect())
}

fn find<T: Copy + Ord>(ranges: &[(T, T, u32)], address: T) -> Option<u32> {
    let after = ranges.partition_point(|(start, _, _)| *start <= address);
    let (_, end, asn) = ranges.get(after.checked_sub(1)?)?;
    (address <= *end).then_some(*asn)
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    const TABLE: &str = "# a table\n198.51.100.0\t198.51.100.255\t701\tUS\tVERIZON\r\n\n\
        192.0.2.0\t192.0.2.127\tAS3320\tDE\tDTAG\n192.0.2.128\t192.0.2.255\t0\tNone\tNot routed\n\
        2001:db8::\t2001:db8:0:ffff:ffff:ffff:ffff:ffff\t64500\tNL\tEXAMPLE\n";

    fn asn(ip: &str) -> Option<u32> {
        AsTable::parse(TABLE).expect("is a table").asn_of(ip.parse().expect("an address"))
    }

    fn fault(text: &str) -> (usize, AsTableFault) {
        let error = AsTable::parse(text).expect_err("is wrong");
        (error.line, error.what)
    }

    #[test]
    fn finds_both_ends_of_a_range_and_nothing_outside() {
        assert_eq!(asn("198.51.100.0"), Some(701));
        assert_eq!(asn("198.51.100.255"), Some(701));
        assert_eq!(asn("::ffff:192.0.2.127"), Some(3320));
        assert_eq!(asn("2001:db8:0:1::1"), Some(64500));
        for outside in ["198.51.101.0", "198.51.99.255", "192.0.2.128", "2001:db8:1::", "0.0.0.0"] {
            assert_eq!(asn(outside), None, "{outside}");
        }
        assert_eq!(AsTable::parse(TABLE).map(|table| table.len()), Ok(3));
    }

    #[test]
    fn mistakes_are_named_with_their_line() {
        use AsTableFault::{Address, Asn, Backwards, Columns, Overlaps};
        assert_eq!(fault("\n192.0.2.0 192.0.2.1 5\n"), (2, Columns(1)));
        assert_eq!(fault("192.0.2.0\t192.0.2.1\n"), (1, Columns(2)));
        assert_eq!(fault("192.0.2.256\t192.0.2.1\t5"), (1, Address("192.0.2.256".into())));
        assert_eq!(fault("192.0.2.0\t192.0.2.1\t4294967296"), (1, Asn("4294967296".into())));
        assert_eq!(fault("192.0.2.1\t192.0.2.0\t5"), (1, Backwards));
        assert_eq!(fault("192.0.2.1\t2001:db8::\t5"), (1, Backwards));
        let overlap = "192.0.2.0\t192.0.2.9\t5\n10.0.0.0\t10.0.0.1\t5\n192.0.2.9\t192.0.2.20\t6";
        assert_eq!(fault(overlap), (3, Overlaps(1)));
    }

    #[test]
    fn an_as_has_the_addresses_of_all_its_ranges() {
        let table = AsTable::parse(TABLE).expect("is a table");
        let of = |asn| table.addresses_of(asn).map(|ip| ip.to_string());
        assert_eq!(of(3320).next().as_deref(), Some("192.0.2.0"));
        assert_eq!((of(3320).count(), of(701).count(), of(7).count()), (128, 256, 0));
        assert_eq!(of(64500).nth(1).as_deref(), Some("2001:db8::1"));
    }

    #[test]
    fn an_empty_table_knows_nothing() {
        let table = AsTable::parse("").expect("is a table");
        assert!(table.is_empty());
        assert_eq!(table.asn_of(IpAddr::from([192, 0, 2, 1])), None);
    }

    #[test]
    fn a_line_that_ends_abruptly_is_refused() {
        let line = "192.0.2.0\t192.0.2.9\t5";
        for end in 1..line.len() {
            assert!(AsTable::parse(&line[..end]).is_err(), "{}", &line[..end]);
        }
    }

    proptest! {
        #[test]
        fn never_panics(text in "[0-9a-f.:\\tAS\\n#]{0,80}", ip in any::<u128>()) {
            if let Ok(table) = AsTable::parse(&text) {
                table.asn_of(IpAddr::from(ip.to_be_bytes()));
            }
        }
    }
}
