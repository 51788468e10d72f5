//! Which addresses no public host has: what somebody else's word must never lead to.

use std::net::{IpAddr, Ipv4Addr, Ipv6Addr};

use ipnet::{IpNet, Ipv4Net, Ipv6Net};

const fn v4(a: u8, b: u8, c: u8, d: u8, length: u8) -> Ipv4Net {
    Ipv4Net::new_assert(Ipv4Addr::new(a, b, c, d), length)
}

const fn v6(a: u16, b: u16, c: u16, length: u8) -> Ipv6Net {
    Ipv6Net::new_assert(Ipv6Addr::new(a, b, c, 0, 0, 0, 0, 0), length)
}

/// Ranges that no public host has (RFC 6890 and its registry). Documentation ranges are left out:
/// nothing answers there, and in examples and drills they stand for public addresses.
const RESERVED_V4: [Ipv4Net; 12] = [
    v4(0, 0, 0, 0, 8),
    v4(10, 0, 0, 0, 8),
    v4(100, 64, 0, 0, 10),
    v4(127, 0, 0, 0, 8),
    v4(169, 254, 0, 0, 16),
    v4(172, 16, 0, 0, 12),
    v4(192, 0, 0, 0, 24),
    v4(192, 88, 99, 0, 24),
    v4(192, 168, 0, 0, 16),
    v4(198, 18, 0, 0, 15),
    v4(224, 0, 0, 0, 4),
    v4(240, 0, 0, 0, 4),
];

/// The same for IPv6, Teredo (RFC 4380) in `2001::/23`; forms that hold an IPv4 address are judged by that one as well.
const RESERVED_V6: [Ipv6Net; 9] = [
    // Unspecified, loopback and the IPv4-compatible form.
    v6(0, 0, 0, 96),
    v6(0x64, 0xff9b, 1, 48),
    v6(0x100, 0, 0, 63),
    v6(0x2001, 0, 0, 23),
    v6(0x5f00, 0, 0, 16),
    v6(0xfc00, 0, 0, 7),
    v6(0xfe80, 0, 0, 10),
    v6(0xfec0, 0, 0, 10),
    v6(0xff00, 0, 0, 8),
];

/// Tells whether an address can belong to no public host and lies in none of the allowed ranges.
///
/// Loopback, link-local with the clouds' metadata service, private, carrier-grade NAT, multicast,
/// broadcast, and the IPv6 forms in which any of them hides (compatible, mapped, 6to4, NAT64, Teredo, ISATAP).
pub fn is_bogon(ip: IpAddr, allow: &[IpNet]) -> bool {
    if lies_in(ip, allow) {
        return false;
    }
    let hidden = embedded(ip).map(IpAddr::V4);
    let reserved = match ip {
        IpAddr::V4(ip) => RESERVED_V4.iter().any(|net| net.contains(&ip)),
        IpAddr::V6(ip) => RESERVED_V6.iter().any(|net| net.contains(&ip)),
    };
    reserved || hidden.is_some_and(|ip| is_bogon(ip, allow))
}

/// Tells whether an address, or the IPv4 address hidden in it, lies in an allowed range.
pub fn lies_in(ip: IpAddr, allow: &[IpNet]) -> bool {
    let hidden = embedded(ip).map(IpAddr::V4);
    [Some(ip), hidden].into_iter().flatten().any(|ip| allow.iter().any(|net| net.contains(&ip)))
}

/// Returns the IPv4 address that an IPv6 address leads to: mapped, 6to4 (RFC 3056), NAT64 (RFC 6052),
/// ISATAP (RFC 5214 §6.1).
fn embedded(ip: IpAddr) -> Option<Ipv4Addr> {
    let IpAddr::V6(ip) = ip else { return None };
    let octets = ip.octets();
    let at = |start: usize| {
        Ipv4Addr::new(octets[start], octets[start + 1], octets[start + 2], octets[start + 3])
    };
    match ip.segments() {
        [0, 0, 0, 0, 0, 0xffff, ..] | [0x64, 0xff9b, 0, 0, 0, 0, ..] => Some(at(12)),
        [0x2002, ..] => Some(at(2)),
        [_, _, _, _, 0 | 0x200, 0x5efe, ..] => Some(at(12)),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn bogon(ip: &str, allow: &[&str]) -> bool {
        let allow: Vec<IpNet> = allow.iter().map(|net| net.parse().expect("a range")).collect();
        is_bogon(ip.parse().expect("an address"), &allow)
    }

    #[test]
    fn learned_addresses_that_lead_inside_are_refused() {
        for ip in [
            "127.0.0.1",
            "127.255.0.9",
            "0.0.0.0",
            "0.1.2.3",
            "10.0.0.1",
            "172.16.0.1",
            "172.31.255.255",
            "192.168.1.1",
            "100.64.0.1",
            "100.127.255.255",
            "169.254.169.254",
            "169.254.0.1",
            "192.0.0.1",
            "198.18.0.1",
            "198.19.255.255",
            "224.0.0.1",
            "239.1.1.1",
            "240.0.0.1",
            "255.255.255.255",
            "::",
            "::1",
            "::7f00:1",
            "fe80::1",
            "febf::1",
            "fec0::1",
            "fc00::1",
            "fd00:ec2::254",
            "ff02::1",
            "100::1",
            "2001::1",
            "64:ff9b:1::1",
            "::ffff:127.0.0.1",
            "::ffff:10.0.0.1",
            "::ffff:169.254.169.254",
            "64:ff9b::a00:1",
            "64:ff9b::7f00:1",
            "64:ff9b::a9fe:a9fe",
            "2002:7f00:1::",
            "2002:a00:1::1",
            "2002:c0a8:101::5",
            "2002:a9fe:a9fe::1",
            "2001:0:4136:e378:8000:63bf:3fff:fdd2",
            "2a00::5efe:10.0.0.1",
            "2a00::200:5efe:127.0.0.1",
            "100:0:0:1::1",
            "192.88.99.1",
        ] {
            assert!(bogon(ip, &[]), "{ip} was admitted");
        }
    }

    #[test]
    fn public_addresses_pass() {
        for ip in [
            "1.1.1.1",
            "8.8.8.8",
            "9.255.255.255",
            "11.0.0.0",
            "100.63.255.255",
            "100.128.0.0",
            "172.15.255.255",
            "172.32.0.0",
            "198.17.255.255",
            "198.20.0.0",
            "223.255.255.255",
            "203.0.113.7",
            "2606:4700::1111",
            "2a00::1",
            "::ffff:8.8.8.8",
            "64:ff9b::808:808",
            "2002:808:808::1",
            "2001:db8::1",
        ] {
            assert!(!bogon(ip, &[]), "{ip} was refused");
        }
    }

    #[test]
    fn the_estate_opens_ranges_and_no_others() {
        assert!(!bogon("127.0.0.1", &["127.0.0.0/8"]));
        assert!(!bogon("::ffff:127.0.0.1", &["127.0.0.0/8"]));
        assert!(!bogon("::1", &["127.0.0.0/8", "::1/128"]));
        assert!(!bogon("198.18.4.1", &["198.18.0.0/15"]));
        assert!(bogon("::1", &["127.0.0.0/8"]));
        assert!(bogon("10.1.0.1", &["10.0.0.0/16"]));
        assert!(bogon("169.254.169.254", &["127.0.0.0/8", "10.0.0.0/8"]));
    }
}
