//! Route 53's XML: zones, pages of record sets, progress and refusals.

use lifeboat::model::{RrContent, RrKey, Rrset};
use lifeboat::wire::route53::{Action, Special, batch, page, progress, refused, zones};

use super::{Target, plain, within};

pub const TARGET: Target = Target {
    name: "route53",
    decoders: &[
        "wire::route53::page",
        "wire::route53::progress",
        "wire::route53::refused",
        "wire::route53::zones",
        "wire::xml::Element::decode",
    ],
    hold,
    planted,
    swollen: &[
        |size| within_page(b"<a/>", size),
        |size| within_page(b"<a></a>", size),
        |size| within_page(b"&amp;", size),
        |size| within_page(b"<!---->", size),
        |size| within_page(b"<![CDATA[]]>", size),
        |size| within_page(SET, size),
        |size| b"<a>".repeat(size / 3),
        |size| [&b"<a "[..], &b"b='>' ".repeat(size / 6), b"/>"].concat(),
    ],
};

const SET: &[u8] = b"<ResourceRecordSet><Name>a.</Name><Type>A</Type><TTL>1</TTL><ResourceRecords>\
    <ResourceRecord><Value>\\000</Value></ResourceRecord></ResourceRecords></ResourceRecordSet>";

/// A page with many equal pieces.
fn within_page(piece: &[u8], size: usize) -> Vec<u8> {
    let (head, tail) = (
        &b"<R><ResourceRecordSets>"[..],
        &b"</ResourceRecordSets><IsTruncated>false</IsTruncated></R>"[..],
    );
    [head, &piece.repeat(size / piece.len()), tail].concat()
}

fn hold(bytes: &[u8]) {
    match within(bytes, || page(bytes)) {
        Ok(page) => page.sets.iter().for_each(|set| {
            plain(&set.name);
            plain(&set.kind);
            set.data.iter().for_each(plain);
        }),
        Err(error) => plain(&error),
    }
    match within(bytes, || zones(bytes)) {
        Ok(zones) => zones.iter().for_each(|zone| plain(&zone.id)),
        Err(error) => plain(&error),
    }
    match within(bytes, || progress(bytes)) {
        Ok(progress) => plain(&progress.id),
        Err(error) => plain(&error),
    }
    match within(bytes, || refused(bytes)) {
        Ok(refused) => plain(&format!("{} {}", refused.code, refused.message)),
        Err(error) => plain(&error),
    }
    // What is written into a batch is one text again, whatever it holds.
    if let Ok(text) = std::str::from_utf8(bytes) {
        let key = RrKey { name: "a.".to_owned(), kind: "TXT".to_owned() };
        let record = RrContent { content: text.to_owned(), disabled: false, beside: None };
        let set = Rrset { key, ttl: 1, records: vec![record], comments: Vec::new() };
        let xml = batch(&[(Action::Create, &set)]);
        assert_eq!(xml.matches("<Value>").count(), 1, "{xml}");
    }
}

/// A set with a routing policy, of exactly seven seconds.
fn planted(bytes: &[u8]) -> Option<bool> {
    let page = page(bytes).ok()?;
    Some(page.sets.iter().any(|it| it.special == Some(Special::Routed) && it.ttl == 7))
}
