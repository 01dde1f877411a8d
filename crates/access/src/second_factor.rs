//! A second factor: six digits that change every half minute (RFC 6238), as every authenticator app makes them.

use facts::Timestamp;
use qrcodegen::{QrCode, QrCodeEcc};
use totp_rs::{Builder, Secret, Totp};

/// Somebody's second factor.
pub struct SecondFactor(Totp);

impl SecondFactor {
    /// Of a secret that only the app and we know. The names are those that the app shows.
    pub fn new(secret: [u8; 20], account: &str, deployment: &str) -> Self {
        // The address of a second factor has a colon between the two names.
        let plain = |name: &str| name.replace(':', " ");
        let builder = Builder::new().with_secret(Secret::from(secret.as_slice()));
        let builder = builder.with_account_name(plain(account)).with_issuer(Some(plain(deployment)));
        Self(builder.build_noncompliant())
    }

    /// The half minute that a code belongs to, when it is right, counted from 1970. Half a minute early or late is
    /// right too, for clocks that differ; what is not later than `used` has been used up.
    pub fn check(&self, code: &str, at: Timestamp, used: Option<u64>) -> Option<u64> {
        let digits: String = code.chars().filter(|character| !character.is_whitespace()).collect();
        let step = self.0.check(&digits, u64::try_from(at.as_second()).ok()?)?;
        used.is_none_or(|used| step > used).then_some(step)
    }

    /// The code of a moment.
    pub fn code(&self, at: Timestamp) -> String {
        self.0.generate(u64::try_from(at.as_second()).unwrap_or(0)).to_string()
    }

    /// The secret as one types it into an app.
    pub fn typed_secret(&self) -> String {
        self.0.secret().to_base32()
    }

    /// The address that an app takes, on the same telephone or as a square to be photographed.
    pub fn uri(&self) -> String {
        // An address needs a name, and every account has one.
        self.0.to_url().unwrap_or_default()
    }
}

/// The squares of a QR code, a text of 0 and 1 for each row; none where the text is too long for one.
pub fn squares(text: &str) -> Vec<String> {
    let Ok(code) = QrCode::encode_text(text, QrCodeEcc::Medium) else { return Vec::new() };
    let row = |y: i32| (0..code.size()).map(|x| if code.get_module(x, y) { '1' } else { '0' }).collect();
    (0..code.size()).map(row).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn at(second: i64) -> Timestamp {
        Timestamp::from_second(second).unwrap()
    }

    fn factor() -> SecondFactor {
        SecondFactor::new(*b"12345678901234567890", "wang", "金河省防指")
    }

    #[test]
    fn codes_are_those_of_the_standard() {
        // RFC 6238, appendix B, the last six of eight digits.
        for (second, code) in [(59, "287082"), (1_111_111_109, "081804"), (1_234_567_890, "005924")] {
            assert_eq!(factor().code(at(second)), code);
            assert_eq!(factor().check(code, at(second), None), Some(second as u64 / 30));
        }
    }

    #[test]
    fn a_clock_may_differ_by_half_a_minute_and_no_more() {
        let code = factor().code(at(3_000));
        assert!(factor().check(&code, at(3_030), None).is_some());
        assert!(factor().check(&code, at(2_970), None).is_some());
        assert!(factor().check(&code, at(3_060), None).is_none());
        assert!(factor().check(&code, at(2_969), None).is_none());
    }

    #[test]
    fn a_code_is_used_once() {
        let code = factor().code(at(3_000));
        let used = factor().check(&code, at(3_000), None);
        assert_eq!(used, Some(100));
        assert_eq!(factor().check(&code, at(3_010), used), None);
        let next = factor().code(at(3_030));
        assert_eq!(factor().check(&next, at(3_030), used), Some(101));
    }

    #[test]
    fn what_is_no_code_is_wrong() {
        for code in ["", "12345", "1234567", "abcdef", "２８７０８２"] {
            assert_eq!(factor().check(code, at(59), None), None, "{code}");
        }
        assert!(factor().check("287 082", at(59), None).is_some());
    }

    #[test]
    fn an_app_takes_the_address_and_makes_the_same_codes() {
        let uri = SecondFactor::new([9; 20], "li:si", "A: B").uri();
        let app = Totp::from_url(&uri).unwrap();
        assert_eq!(app.generate(1_000).to_string(), SecondFactor::new([9; 20], "x", "y").code(at(1_000)));
        assert_eq!(app.account_name(), "li si");
        let rows = squares(&uri);
        assert!(rows.len() >= 21 && rows.iter().all(|row| row.len() == rows.len()));
        assert!(rows[0].starts_with("1111111"), "the first finder pattern");
    }
}
