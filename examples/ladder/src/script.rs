//! What a peer does, in words: steps between commas.

/// One thing that a peer does.
#[derive(Clone, Debug, PartialEq)]
pub(crate) enum Step {
    /// REGISTER, seen in the ladder; `secs` is what it asks for, `user` whom it registers for if not himself.
    Registers {
        secs: u32,
        wrong_password: bool,
        user: Option<String>,
    },
    /// SUBSCRIBE to the presence of a user, then to be told.
    Watches {
        user: String,
        event: String,
        at: f64,
    },
    /// INVITE, and waiting for its final response, or giving up.
    Dials {
        number: String,
        at: f64,
        cancels_after: Option<f64>,
    },
    /// 180, or 183 with media.
    Rings {
        media: bool,
    },
    Waits(f64),
    /// 200 and whatever ACK brings.
    Answers,
    /// 200 although the call was just cancelled: both crossed on the wire.
    AnswersWhenCancelled,
    /// Two 200 of two phones behind one Contact.
    AnswersTwice,
    /// A final response.
    Says(u16),
    /// 302 to a number.
    MovesTo(String),
    /// Nothing more is said, whatever comes.
    StaysSilent,
    /// The program ends.
    Crashes,
    HangsUp,
    /// re-INVITE with that direction of media.
    Media(&'static str),
    /// INFO with a DTMF digit.
    Presses(char),
    /// REFER.
    RefersTo(String),
    /// NOTIFY of what became of a REFER: that status.
    Reports(u16),
    /// The PBX is killed and started again.
    Restarts(f64),
}

/// Reads `rings, waits 1, answers`.
pub(crate) fn read(text: &str) -> Result<Vec<Step>, String> {
    let mut steps = Vec::new();
    for phrase in text.split(',') {
        let words: Vec<&str> = phrase.split_whitespace().collect();
        // Not a step of its own, since a caller that waits for an answer must hear the final response meanwhile.
        if let ["cancels", "after", secs] = words[..] {
            let Some(Step::Dials { cancels_after, .. }) = steps.last_mut() else {
                return Err("`cancels after` follows `dials`".to_owned());
            };
            *cancels_after = Some(seconds(secs)?);
            continue;
        }
        steps.push(step(&words).map_err(|why| format!("`{}`: {why}", phrase.trim()))?);
    }
    Ok(steps)
}

fn step(words: &[&str]) -> Result<Step, String> {
    Ok(match *words {
        ["registers"] => registers(SECS),
        ["unregisters"] => registers(0),
        ["registers", "for", secs] => registers(whole(secs)?),
        ["registers", "with", "wrong", "password"] => Step::Registers { secs: SECS, wrong_password: true, user: None },
        ["registers", "as", user] => Step::Registers { secs: SECS, wrong_password: false, user: Some(user.to_owned()) },
        ["watches", event, "of", user] => watches(event, user, 0.0),
        ["watches", event, "of", user, "at", secs] => watches(event, user, seconds(secs)?),
        ["dials", number] => dials(number, 0.0),
        ["dials", number, "at", secs] => dials(number, seconds(secs)?),
        ["restarts", "at", secs] => Step::Restarts(seconds(secs)?),
        ["rings"] => Step::Rings { media: false },
        ["rings", "with", "media"] => Step::Rings { media: true },
        ["waits", secs] => Step::Waits(seconds(secs)?),
        ["answers"] => Step::Answers,
        ["answers", "when", "cancelled"] => Step::AnswersWhenCancelled,
        ["answers", "twice"] => Step::AnswersTwice,
        ["is", "busy"] => Step::Says(486),
        ["declines"] => Step::Says(603),
        ["says", status] => Step::Says(self::status(status)?),
        ["reports", status] => Step::Reports(self::status(status)?),
        ["moves", "to", number] => Step::MovesTo(number.to_owned()),
        ["stays", "silent"] => Step::StaysSilent,
        ["crashes"] => Step::Crashes,
        ["hangs", "up"] => Step::HangsUp,
        ["holds"] => Step::Media("sendonly"),
        ["resumes"] => Step::Media("sendrecv"),
        ["presses", key] => Step::Presses(key.chars().next().ok_or("no key")?),
        ["refers", "to", number] => Step::RefersTo(number.to_owned()),
        _ => return Err("no such step".to_owned()),
    })
}

/// How long a phone registers for if nothing else is said.
const SECS: u32 = 3600;

const fn registers(secs: u32) -> Step {
    Step::Registers { secs, wrong_password: false, user: None }
}

fn dials(number: &str, at: f64) -> Step {
    Step::Dials { number: number.to_owned(), at, cancels_after: None }
}

fn watches(event: &str, user: &str, at: f64) -> Step {
    Step::Watches { user: user.to_owned(), event: event.to_owned(), at }
}

fn status(text: &str) -> Result<u16, String> {
    text.parse().map_err(|_| format!("`{text}` is no status"))
}

fn seconds(text: &str) -> Result<f64, String> {
    text.parse()
        .ok()
        .filter(|secs| (0.0..=60.0).contains(secs))
        .ok_or_else(|| format!("`{text}` is no time of 0 to 60 seconds"))
}

fn whole(text: &str) -> Result<u32, String> {
    text.parse().map_err(|_| format!("`{text}` is no number of seconds"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_script_is_read_aloud() {
        assert_eq!(
            read("rings, waits 1.5, answers"),
            Ok(vec![Step::Rings { media: false }, Step::Waits(1.5), Step::Answers])
        );
        let dials = Step::Dials { number: "1001".to_owned(), at: 2.0, cancels_after: Some(1.0) };
        assert_eq!(read("dials 1001 at 2, cancels after 1"), Ok(vec![dials]));
        assert!(read("sings").is_err());
        assert!(read("rings, cancels after 1").is_err());
        assert!(read("waits -1").is_err());
    }
}
