//! The values of header fields, read where they lie: nothing is copied until somebody asks for the meaning of an escape.

mod addr;
mod compare;
mod diversion;
mod feature;
mod history;
pub(crate) mod lex;
mod masked;
mod params;
mod reason;
mod tel;
mod uri;
mod via;

pub use addr::{Contacts, NameAddr, addresses};
pub use diversion::{Diversion, DiversionReason, Privacy as DiversionPrivacy};
pub use feature::FeatureSet;
pub(crate) use feature::is_feature_tag;
pub(crate) use history::is_index;
pub use history::{HistoryEntry, Retarget};
pub use params::{Param, Params};
pub use reason::{Reason, Replaces, reasons};
pub use tel::Tel;
pub use uri::{Host, SipUri, Uri};
pub(crate) use via::Rport;
pub use via::{Via, vias};

/// Text that is not the value it should be.
#[derive(Clone, Copy, Debug, Eq, PartialEq, thiserror::Error)]
#[non_exhaustive]
pub enum Malformed {
    /// A URI that does not follow its scheme.
    #[error("not a URI")]
    Uri,
    /// A host or port that is none.
    #[error("not a host")]
    Host,
    /// A telephone number without digits.
    #[error("not a telephone number")]
    Number,
    /// An address that is neither `<uri>` nor a bare URI.
    #[error("not an address")]
    Address,
    /// A quotation that never ends.
    #[error("a quotation is not closed")]
    Quote,
    /// A parameter without name or value.
    #[error("not a parameter")]
    Param,
    /// More parameters than one value may have.
    #[error("too many parameters")]
    TooManyParams,
    /// A list with an empty place, or text behind its end.
    #[error("not a list")]
    List,
    /// A Via that names no protocol, transport or host.
    #[error("not a Via")]
    Via,
    /// A Replaces without Call-ID or tags.
    #[error("not a dialog")]
    Dialog,
}
