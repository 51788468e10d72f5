//! The XML of Amazon Route 53's API (2013-04-01): listings, changes and refusals as they come, and batches as they go.
//!
//! Format: <https://docs.aws.amazon.com/Route53/latest/APIReference/>. Names and strings have octal escapes there, where
//! zone files have decimal ones (RFC 1035 §5.1).

use thiserror::Error;

use super::xml::{Element, XmlError, escape};
use crate::model::{Remote, Rrset};

/// Why a reply is none that was expected.
#[derive(Clone, Debug, PartialEq, Eq, Error)]
pub enum Route53Error {
    /// It is no XML.
    #[error("{0}")]
    Xml(#[from] XmlError),
    /// Something is missing.
    #[error("the reply has no `{0}`")]
    Missing(&'static str),
    /// Something has no form that it may have.
    #[error("the reply's `{0}` is none")]
    Odd(&'static str),
}

/// A hosted zone.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct HostedZone {
    /// Its id, without `/hostedzone/` before it.
    pub id: Remote,
    /// Its name, fully qualified.
    pub name: Remote,
    /// Whether networks of its owner alone see it.
    pub private: bool,
}

/// Why a record set is answered otherwise than it stands.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Special {
    /// With the records of something of Amazon's (`AliasTarget`).
    Alias,
    /// By a routing policy (`SetIdentifier`).
    Routed,
}

/// A record set as it is listed.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ListedSet {
    /// Its owner, fully qualified.
    pub name: Remote,
    /// Its type.
    pub kind: Remote,
    /// Seconds; 0 for an alias.
    pub ttl: u32,
    /// Its data, in the service's order and words; of an alias the name that it leads to.
    pub data: Vec<Remote>,
    /// Whether it is more than its data.
    pub special: Option<Special>,
}

/// A page of a zone's record sets.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Page {
    /// Them.
    pub sets: Vec<ListedSet>,
    /// Where the next page begins: name, type and identifier.
    pub next: Option<(Remote, Remote, Option<Remote>)>,
}

/// How far a change is.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Progress {
    /// The change's id, without `/change/` before it.
    pub id: Remote,
    /// Whether every name server has it (`INSYNC`).
    pub in_sync: bool,
}

/// A refusal.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Refused {
    /// Its code, for example `Throttling`.
    pub code: Remote,
    /// Its words.
    pub message: Remote,
}

/// Reads `ListHostedZonesByName`, or the one zone of `GetHostedZone`.
///
/// # Errors
/// [`Route53Error`].
pub fn zones(reply: &[u8]) -> Result<Vec<HostedZone>, Route53Error> {
    let root = Element::decode(reply)?;
    let list = root.get("HostedZones").unwrap_or(&root);
    list.all("HostedZone").map(zone).collect()
}

fn zone(zone: &Element) -> Result<HostedZone, Route53Error> {
    let config = zone.get("Config");
    Ok(HostedZone {
        id: Remote::new(plain_id(said(zone, "Id")?)),
        name: Remote::new(from_octal(said(zone, "Name")?)),
        private: config.and_then(|it| it.said("PrivateZone")) == Some("true"),
    })
}

/// Reads `ListResourceRecordSets`.
///
/// # Errors
/// [`Route53Error`].
pub fn page(reply: &[u8]) -> Result<Page, Route53Error> {
    let root = Element::decode(reply)?;
    let list = root.get("ResourceRecordSets").ok_or(Route53Error::Missing("ResourceRecordSets"))?;
    let sets = list.all("ResourceRecordSet").map(listed).collect::<Result<_, _>>()?;
    let next = match said(&root, "IsTruncated")? {
        "true" => Some((
            Remote::new(said(&root, "NextRecordName")?),
            Remote::new(said(&root, "NextRecordType")?),
            root.said("NextRecordIdentifier").map(Remote::new),
        )),
        "false" => None,
        _ => return Err(Route53Error::Odd("IsTruncated")),
    };
    Ok(Page { sets, next })
}

fn listed(set: &Element) -> Result<ListedSet, Route53Error> {
    let special = match (set.get("AliasTarget"), set.get("SetIdentifier")) {
        (_, Some(_)) => Some(Special::Routed),
        (Some(_), None) => Some(Special::Alias),
        (None, None) => None,
    };
    let ttl = match set.said("TTL") {
        Some(ttl) => ttl.parse().map_err(|_| Route53Error::Odd("TTL"))?,
        None if special.is_some() => 0,
        None => return Err(Route53Error::Missing("TTL")),
    };
    let records = set.get("ResourceRecords").into_iter().flat_map(|it| it.all("ResourceRecord"));
    let values = records.map(|record| said(record, "Value"));
    let targets = set.get("AliasTarget").into_iter().map(|it| said(it, "DNSName"));
    let data = values.chain(targets).map(|it| Ok(Remote::new(from_octal(it?))));
    Ok(ListedSet {
        name: Remote::new(from_octal(said(set, "Name")?)),
        kind: Remote::new(said(set, "Type")?),
        ttl,
        data: data.collect::<Result<_, Route53Error>>()?,
        special,
    })
}

/// Reads `ChangeResourceRecordSets` and `GetChange`.
///
/// # Errors
/// [`Route53Error`].
pub fn progress(reply: &[u8]) -> Result<Progress, Route53Error> {
    let root = Element::decode(reply)?;
    let change = root.get("ChangeInfo").ok_or(Route53Error::Missing("ChangeInfo"))?;
    let in_sync = match said(change, "Status")? {
        "INSYNC" => true,
        "PENDING" => false,
        _ => return Err(Route53Error::Odd("Status")),
    };
    Ok(Progress { id: Remote::new(plain_id(said(change, "Id")?)), in_sync })
}

/// Reads a refusal, in either of its two forms.
///
/// # Errors
/// [`Route53Error`].
pub fn refused(reply: &[u8]) -> Result<Refused, Route53Error> {
    let root = Element::decode(reply)?;
    if let Some(messages) = root.get("Messages").filter(|_| root.is("InvalidChangeBatch")) {
        let messages: Vec<&str> = messages.all("Message").map(Element::text).collect();
        let message = Remote::new(messages.join("; "));
        return Ok(Refused { code: Remote::new("InvalidChangeBatch"), message });
    }
    let error = root.get("Error").ok_or(Route53Error::Missing("Error"))?;
    let message = Remote::new(error.said("Message").unwrap_or_default());
    Ok(Refused { code: Remote::new(said(error, "Code")?), message })
}

fn said<'a>(element: &'a Element, name: &'static str) -> Result<&'a str, Route53Error> {
    let text = element.said(name).filter(|text| !text.is_empty());
    text.ok_or(Route53Error::Missing(name))
}

fn plain_id(id: &str) -> &str {
    id.rsplit('/').next().unwrap_or_default()
}

/// What a batch does with a record set.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Action {
    /// It goes, if it is exactly this.
    Delete,
    /// It comes, if there is none.
    Create,
}

/// Writes the body of `ChangeResourceRecordSets`.
pub fn batch(changes: &[(Action, &Rrset)]) -> String {
    let mut xml = concat!(
        "<?xml version=\"1.0\" encoding=\"UTF-8\"?>",
        "<ChangeResourceRecordSetsRequest xmlns=\"https://route53.amazonaws.com/doc/2013-04-01/\">",
        "<ChangeBatch><Changes>"
    )
    .to_owned();
    for (action, set) in changes {
        let word = match action {
            Action::Delete => "DELETE",
            Action::Create => "CREATE",
        };
        xml.push_str(&format!("<Change><Action>{word}</Action><ResourceRecordSet><Name>"));
        escape(&to_octal(&set.key.name), &mut xml);
        xml.push_str("</Name><Type>");
        escape(&set.key.kind, &mut xml);
        xml.push_str(&format!("</Type><TTL>{}</TTL><ResourceRecords>", set.ttl));
        for record in &set.records {
            xml.push_str("<ResourceRecord><Value>");
            escape(&to_octal(&record.content), &mut xml);
            xml.push_str("</Value></ResourceRecord>");
        }
        xml.push_str("</ResourceRecords></ResourceRecordSet></Change>");
    }
    xml.push_str("</Changes></ChangeBatch></ChangeResourceRecordSetsRequest>");
    xml
}

/// Turns octal escapes into a zone file's; what needs none loses it.
fn from_octal(text: &str) -> String {
    escapes(text, 8, |byte| match byte {
        b' '..=b'~' if !br#""\.;()@$"#.contains(&byte) => char::from(byte).to_string(),
        byte => format!("\\{byte:03}"),
    })
}

/// Turns a zone file's escapes into octal ones.
fn to_octal(text: &str) -> String {
    escapes(text, 10, |byte| format!("\\{byte:03o}"))
}

/// Rewrites each escape of three digits.
fn escapes(text: &str, radix: u32, with: impl Fn(u8) -> String) -> String {
    let mut rewritten = String::with_capacity(text.len());
    let mut left = text;
    while let Some(at) = left.find('\\') {
        rewritten.push_str(&left[..at]);
        left = &left[at + 1..];
        let digits = left.get(..3).filter(|it| it.bytes().all(|byte| byte.is_ascii_digit()));
        match digits.and_then(|digits| u8::from_str_radix(digits, radix).ok()) {
            Some(byte) => {
                rewritten.push_str(&with(byte));
                left = &left[3..];
            }
            None => {
                rewritten.push('\\');
                let escaped = left.chars().next();
                rewritten.extend(escaped);
                left = &left[escaped.map_or(0, char::len_utf8)..];
            }
        }
    }
    rewritten.push_str(left);
    rewritten
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::{RrContent, RrKey};

    /// After the example on Amazon's page of `ListResourceRecordSets`.
    const PAGE: &str = r#"<?xml version="1.0" encoding="UTF-8"?>
        <ListResourceRecordSetsResponse xmlns="https://route53.amazonaws.com/doc/2013-04-01/"><ResourceRecordSets>
        <ResourceRecordSet><Name>\052.z.test.</Name><Type>TXT</Type><TTL>300</TTL><ResourceRecords><ResourceRecord>
        <Value>"a \"b\" &amp; \303\244"</Value></ResourceRecord></ResourceRecords></ResourceRecordSet>
        <ResourceRecordSet><Name>z.test.</Name><Type>A</Type><AliasTarget><HostedZoneId>Z1</HostedZoneId>
        <DNSName>lb.amazonaws.test.</DNSName></AliasTarget></ResourceRecordSet>
        <ResourceRecordSet><Name>w.z.test.</Name><Type>A</Type><SetIdentifier>one</SetIdentifier><Weight>1</Weight><TTL>60</TTL>
        <ResourceRecords><ResourceRecord><Value>192.0.2.1</Value></ResourceRecord></ResourceRecords></ResourceRecordSet>
        </ResourceRecordSets><IsTruncated>true</IsTruncated><NextRecordName>x.z.test.</NextRecordName>
        <NextRecordType>A</NextRecordType><MaxItems>3</MaxItems></ListResourceRecordSetsResponse>"#;

    #[test]
    fn a_page_is_read_with_its_escapes_and_its_specials() {
        let page = page(PAGE.as_bytes()).expect("a page");
        let shown: Vec<_> =
            page.sets.iter().map(|it| (it.name.raw(), it.ttl, it.special)).collect();
        assert_eq!(
            shown,
            [
                ("*.z.test.", 300, None),
                ("z.test.", 0, Some(Special::Alias)),
                ("w.z.test.", 60, Some(Special::Routed)),
            ]
        );
        assert_eq!(page.sets[0].data, [r#""a \"b\" & \195\164""#]);
        assert_eq!(page.next, Some((Remote::new("x.z.test."), Remote::new("A"), None)));
        assert_eq!(to_octal(page.sets[0].data[0].raw()), r#""a \"b\" & \303\244""#);
    }

    #[test]
    fn zones_progress_and_refusals_are_read() {
        let list = "<R><HostedZones><HostedZone><Id>/hostedzone/Z1</Id><Name>z.test.</Name><Config><PrivateZone>true</PrivateZone></Config></HostedZone></HostedZones></R>";
        let found = zones(list.as_bytes()).expect("zones");
        assert_eq!((found[0].id.raw(), found[0].private), ("Z1", true));
        let one = "<R><HostedZone><Id>Z2</Id><Name>z.test.</Name></HostedZone></R>";
        assert_eq!(zones(one.as_bytes()).expect("a zone")[0].id, "Z2");
        let change = |status: &str| {
            progress(
                format!(
                    "<R><ChangeInfo><Id>/change/C1</Id><Status>{status}</Status></ChangeInfo></R>"
                )
                .as_bytes(),
            )
        };
        assert_eq!(
            change("INSYNC").expect("done"),
            Progress { id: Remote::new("C1"), in_sync: true }
        );
        assert!(!change("PENDING").expect("under way").in_sync);
        assert_eq!(change("ODD"), Err(Route53Error::Odd("Status")));
        let error = "<ErrorResponse><Error><Type>Sender</Type><Code>Throttling</Code><Message>Rate exceeded</Message></Error></ErrorResponse>";
        assert_eq!(refused(error.as_bytes()).expect("a refusal").code, "Throttling");
        let batch = "<InvalidChangeBatch><Messages><Message>one</Message><Message>two</Message></Messages></InvalidChangeBatch>";
        assert_eq!(refused(batch.as_bytes()).expect("a refusal").message, "one; two");
    }

    #[test]
    fn what_is_missing_or_odd_is_named() {
        for (from, to, what) in [
            ("<TTL>300</TTL>", "", "no `TTL`"),
            ("<TTL>300</TTL>", "<TTL>-1</TTL>", "`TTL` is none"),
            ("<IsTruncated>true", "<IsTruncated>maybe", "`IsTruncated` is none"),
            ("<NextRecordName>x.z.test.</NextRecordName>", "", "no `NextRecordName`"),
            ("</ResourceRecordSets>", "</ResourceRecordSet>", "no XML"),
        ] {
            let error = page(PAGE.replace(from, to).as_bytes()).expect_err(what);
            assert!(error.to_string().contains(what), "{error}");
        }
        assert!(zones(b"<R/>").expect("none").is_empty());
        assert_eq!(refused(b"<R/>"), Err(Route53Error::Missing("Error")));
    }

    #[test]
    fn a_batch_deletes_the_exact_state_and_creates_the_next() {
        let set = |ttl: u32, data: &str| Rrset {
            key: RrKey { name: "w.z.test.".into(), kind: "TXT".into() },
            ttl,
            records: vec![RrContent { content: data.into(), disabled: false, beside: None }],
            comments: Vec::new(),
        };
        let (before, after) = (set(60, "\"<a>\""), set(90, "\"\\195\""));
        let xml = batch(&[(Action::Delete, &before), (Action::Create, &after)]);
        for part in [
            "<Action>DELETE</Action><ResourceRecordSet><Name>w.z.test.</Name><Type>TXT</Type><TTL>60</TTL>",
            "<Value>&quot;&lt;a&gt;&quot;</Value>",
            "<Action>CREATE</Action>",
            "<Value>&quot;\\303&quot;</Value>",
        ] {
            assert!(xml.contains(part), "{part}: {xml}");
        }
        assert!(Element::decode(xml.as_bytes()).is_ok());
    }
}
