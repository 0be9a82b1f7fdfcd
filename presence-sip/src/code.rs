//! Feature codes: what is dialled to switch presence (S27).

/// A feature code as dialled, with what follows it.
///
/// Who acts is the host's to say: the user that authenticated, never the From header alone.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub struct DialledCode<'a> {
    /// The code.
    pub code: &'a str,
    /// The digits behind it, without the `#` that may stand before and behind them.
    pub argument: &'a str,
}

impl<'a> DialledCode<'a> {
    /// The longest of `codes` that `dialled` begins with. Ask with [`Uri::dialled`](crate::Uri::dialled), so that `%2A72`
    /// is `*72`.
    ///
    /// ```
    /// use presence_sip::{DialledCode, Uri};
    ///
    /// let uri = Uri::parse("sip:%2A72%2318005551234%23@pbx.example.com")?;
    /// let dialled = uri.dialled().unwrap_or_default();
    /// let found = DialledCode::find(&dialled, ["*7", "*72"]);
    /// assert_eq!(found, Some(DialledCode { code: "*72", argument: "18005551234" }));
    /// assert_eq!(DialledCode::find("1001", ["*72"]), None);
    /// # Ok::<(), presence_sip::Malformed>(())
    /// ```
    #[must_use]
    pub fn find(dialled: &'a str, codes: impl IntoIterator<Item = &'a str>) -> Option<Self> {
        let matching = codes.into_iter().filter(|code| !code.is_empty() && dialled.starts_with(code));
        let code = matching.max_by_key(|code| code.len())?;
        let argument = dialled.strip_prefix(code)?;
        let argument = argument.strip_prefix('#').unwrap_or(argument);
        Some(Self { code, argument: argument.strip_suffix('#').unwrap_or(argument) })
    }
}
