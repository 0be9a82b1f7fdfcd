//! PUBLISH: status that a phone or client reports (RFC 3903).

use std::time::Duration;

use presence_core::Instant;

use super::pidf::StatusDocument;
use crate::fault::{Fault, Refusal};
use crate::header::Header;
use crate::limits::CONTACTS_MAX;
use crate::message::Request;
use crate::register::Lifetimes;
use crate::value::lex::saturating_u32;

/// What a PUBLISH of presence asks for.
#[derive(Clone, Debug)]
pub struct Publication<'a> {
    kind: PublicationKind<'a>,
    expires_secs: u32,
}

/// The four kinds of publication (RFC 3903 4.1).
#[derive(Clone, Debug, Eq, PartialEq)]
pub enum PublicationKind<'a> {
    /// A status for the first time.
    Initial(StatusDocument),
    /// The same status for longer.
    Refresh(&'a str),
    /// Another status in place of the one with this tag.
    Modify(&'a str, StatusDocument),
    /// No status any more.
    Remove(&'a str),
}

/// What is published for one extension: each publication by its entity-tag, the newest last. A new status and
/// another one make a publication the newest, a refresh does not.
#[derive(Clone, Debug, Default, Eq, PartialEq)]
pub struct Published(Vec<(String, Instant, StatusDocument)>);

impl<'a> Publication<'a> {
    /// What a PUBLISH asks for.
    ///
    /// # Errors
    ///
    /// 489 for another event than presence, 415 for another document than PIDF, 400 where it cannot be read, 423 where it
    /// would end too soon (RFC 3903 6).
    pub fn of(request: &Request<'a>, lifetimes: &Lifetimes) -> Result<Self, Refusal> {
        let parts = request.parts();
        let refuse = |fault| Err(Refusal::answered(fault));
        let event = parts.first(Header::Event).map(|event| event.split(';').next().unwrap_or_default().trim());
        if event != Some("presence") {
            return refuse(Fault::BadEvent);
        }
        let asked = parts.first(Header::Expires).and_then(saturating_u32).unwrap_or(lifetimes.default_secs);
        if asked > 0 && asked < lifetimes.min_secs {
            return refuse(Fault::IntervalTooBrief);
        }
        let etag = parts.first(Header::SipIfMatch).filter(|etag| !etag.is_empty());
        let kind = match (etag, parts.body().is_empty()) {
            (Some(etag), _) if asked == 0 => PublicationKind::Remove(etag),
            (Some(etag), true) => PublicationKind::Refresh(etag),
            (Some(etag), false) => PublicationKind::Modify(etag, document(request)?),
            (None, true) => return refuse(Fault::Missing("body")),
            (None, false) => PublicationKind::Initial(document(request)?),
        };
        Ok(Self { kind, expires_secs: asked.min(lifetimes.max_secs) })
    }

    /// What kind of publication it is.
    #[must_use]
    pub const fn kind(&self) -> &PublicationKind<'a> {
        &self.kind
    }

    /// How long it holds; 0 ends it.
    #[must_use]
    pub const fn expires_secs(&self) -> u32 {
        self.expires_secs
    }
}

fn document(request: &Request<'_>) -> Result<StatusDocument, Refusal> {
    let media_type = request.parts().first(Header::ContentType).unwrap_or_default();
    let media_type = media_type.split(';').next().unwrap_or_default().trim();
    if !media_type.eq_ignore_ascii_case(StatusDocument::CONTENT_TYPE) {
        return Err(Refusal::answered(Fault::MediaType));
    }
    StatusDocument::from_pidf(request.parts().body()).map_err(|_| Refusal::answered(Fault::Malformed("body")))
}

impl Published {
    /// Applies a publication; `etag`, which the host makes up, is its entity-tag from now on and goes into the SIP-ETag of the
    /// 200.
    ///
    /// # Errors
    ///
    /// 412 where nothing is published under the entity-tag that it names.
    pub fn apply(&mut self, publication: Publication<'_>, etag: &str, now: Instant) -> Result<(), Refusal> {
        self.0.retain(|(_, expires, _)| *expires > now);
        let expires = now.saturating_add(Duration::from_secs(publication.expires_secs.into()));
        let status = match publication.kind {
            PublicationKind::Initial(status) => status,
            PublicationKind::Refresh(known) => return self.refresh(known, etag, expires),
            PublicationKind::Modify(known, status) => self.take(known).map(|()| status)?,
            PublicationKind::Remove(known) => return self.take(known),
        };
        // What ends as it begins takes nobody's place.
        if expires > now {
            self.0.push((etag.to_owned(), expires, status));
            let surplus = self.0.len().saturating_sub(CONTACTS_MAX);
            self.0.drain(..surplus);
        }
        Ok(())
    }

    /// The status published last that still holds.
    #[must_use]
    pub fn status(&self, now: Instant) -> Option<&StatusDocument> {
        self.newest(now).map(|(_, _, status)| status)
    }

    /// When that status ends, unless it is refreshed.
    #[must_use]
    pub fn until(&self, now: Instant) -> Option<Instant> {
        self.newest(now).map(|(_, expires, _)| *expires)
    }

    fn newest(&self, now: Instant) -> Option<&(String, Instant, StatusDocument)> {
        self.0.iter().rev().find(|(_, expires, _)| *expires > now)
    }

    /// The same status for longer: it is no newer than it was (RFC 3903 4.1).
    fn refresh(&mut self, known: &str, etag: &str, expires: Instant) -> Result<(), Refusal> {
        let at = self.find(known)?;
        if let Some((tag, until, _)) = self.0.get_mut(at) {
            etag.clone_into(tag);
            *until = expires;
        }
        Ok(())
    }

    fn take(&mut self, etag: &str) -> Result<(), Refusal> {
        let at = self.find(etag)?;
        self.0.remove(at);
        Ok(())
    }

    fn find(&self, etag: &str) -> Result<usize, Refusal> {
        let at = self.0.iter().position(|(known, ..)| known == etag);
        at.ok_or(Refusal::answered(Fault::UnknownEtag))
    }
}
