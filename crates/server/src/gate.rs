//! The gate: at which address people reach the server, from where a request comes, and how strangers who guess are
//! slowed down.

use std::net::{IpAddr, SocketAddr};
use std::sync::{Mutex, PoisonError};

use access::{Guesses, Keeper, Provider, ProviderSettings, Seal, Side};
use axum::extract::{ConnectInfo, FromRequestParts};
use axum::http::request::Parts;
use axum::http::{HeaderMap, HeaderValue, header};
use facts::{Hex, Timestamp};

use crate::error::ServerError;
use crate::refusal::Refusal;
use crate::session::App;

/// Where a browser is known again by, for those who signed in with it.
const BROWSER: &str = "firebreak-browser";
/// How long a browser is known, in seconds: half a year.
const BROWSER_SECONDS: u32 = 180 * 24 * 3_600;
/// How many officers share one browser at most; the first is forgotten for the next.
const SHARED_MAX: usize = 8;
/// What the marks in that cookie are for.
const MARK: &str = "browser";
/// Where an unknown address stands in counts.
const NOWHERE: &str = "unknown";

/// How the server is reached, as it is set up.
#[derive(Default)]
pub struct GateSettings {
    /// The address that people type in. With `https://`, a proxy in front of the server has the certificate:
    /// cookies are then sent over HTTPS only, and the last address that the proxy adds to `X-Forwarded-For` is
    /// taken for the client's.
    pub public_url: Option<String>,
    /// The provider of single sign-on.
    pub single_sign_on: Option<SingleSignOn>,
}

/// The provider of single sign-on, as it is set up.
pub struct SingleSignOn {
    /// Its address, by which it signs.
    pub issuer: String,
    /// What it calls us.
    pub client: String,
    /// What we prove that with.
    pub secret: Option<String>,
    /// What people call it.
    pub name: String,
}

/// The gate in front of a deployment.
#[derive(Default)]
pub struct Gate {
    public_url: Option<String>,
    provider: Option<Provider>,
    guesses: Mutex<Guesses>,
}

impl Gate {
    /// A gate that is set up so.
    pub fn new(settings: GateSettings) -> Result<Self, ServerError> {
        let public_url = settings.public_url.map(|url| url.trim_end_matches('/').to_owned());
        let provider = match (settings.single_sign_on, &public_url) {
            (None, _) => None,
            (Some(_), None) => return Err(ServerError::NoPublicUrl),
            (Some(SingleSignOn { issuer, client, secret, name }), Some(url)) => {
                let back = format!("{url}/api/v1/single-sign-on/callback");
                Some(Provider::new(ProviderSettings { issuer, client, secret, name, back })?)
            }
        };
        Ok(Self { public_url, provider, guesses: Mutex::default() })
    }

    /// The address that people type in, if it was said.
    pub fn public_url(&self) -> Option<&str> {
        self.public_url.as_deref()
    }

    /// The provider of single sign-on, if there is one.
    pub fn provider(&self) -> Option<&Provider> {
        self.provider.as_ref()
    }

    /// Whether people reach the server by HTTPS.
    fn is_secure(&self) -> bool {
        self.public_url.as_ref().is_some_and(|url| url.starts_with("https://"))
    }

    /// A cookie that no script reads.
    pub fn cookie(&self, name: &str, value: &str, rest: &str) -> Result<HeaderValue, Refusal> {
        let secure = if self.is_secure() { "; Secure" } else { "" };
        HeaderValue::from_str(&format!("{name}={value}; HttpOnly; {rest}{secure}")).map_err(|_| Refusal::SignedOut)
    }

    /// Looks at a guess, which is refused while one of its sides has to wait and counts as wrong until it turns out
    /// to be right.
    pub fn guess(&self, sides: Vec<Side>, now: Timestamp) -> Result<Guess<'_>, Refusal> {
        self.guesses.lock().unwrap_or_else(PoisonError::into_inner).begin(&sides, now).map_err(Refusal::Wait)?;
        Ok(Guess { gate: self, sides })
    }
}

/// A guess that counts as wrong.
pub struct Guess<'a> {
    gate: &'a Gate,
    sides: Vec<Side>,
}

impl Guess<'_> {
    /// It was right.
    pub fn right(self) {
        self.gate.guesses.lock().unwrap_or_else(PoisonError::into_inner).right(&self.sides);
    }
}

/// What is guessed at.
#[derive(Clone, Copy)]
pub enum At<'a> {
    /// The password of a name.
    Password(&'a str),
    /// The second factor of a name whose password was right. A right password does not begin this count anew.
    Code(&'a str),
}

/// Where a request comes from.
pub struct Caller {
    /// The address, or the network of one household for IPv6.
    pub address: String,
    browser: Option<Browser>,
}

/// A browser that somebody signed in with before: a number of its own, and a mark for each who did.
#[derive(Clone)]
struct Browser {
    number: Hex<16>,
    marks: Vec<Hex<32>>,
}

impl Browser {
    fn read(text: &str) -> Option<Self> {
        let mut parts = text.split('.');
        let number = Hex::parse(parts.next()?)?;
        let marks = parts.map(Hex::parse).collect::<Option<_>>()?;
        Some(Self { number, marks })
    }

    fn written(&self) -> String {
        let marks = self.marks.iter().map(|mark| format!(".{mark}"));
        format!("{}{}", self.number, marks.collect::<String>())
    }

    fn knows(&self, seal: &Seal, name: &str) -> bool {
        let keeper = Keeper { what: MARK, whose: name };
        self.marks.iter().any(|mark| seal.is_marked(keeper, &self.number.0, mark))
    }
}

impl Caller {
    /// The sides that a guess counts on.
    pub fn sides(&self, seal: &Seal, at: At) -> Vec<Side> {
        let (name, counted) = match at {
            At::Password(name) => (name, name.to_owned()),
            At::Code(name) => (name, format!("the code of {name}")),
        };
        if let Some(browser) = self.browser.as_ref().filter(|browser| browser.knows(seal, name)) {
            return vec![Side::Known { name: counted, browser: browser.number.to_string() }];
        }
        let pair = Side::Pair { name: counted, address: self.address.clone() };
        let anywhere = match at {
            At::Password(_) => Side::Name(name.to_owned()),
            At::Code(_) => Side::Code(name.to_owned()),
        };
        vec![pair, Side::Address(self.address.clone()), anywhere]
    }

    /// The cookie by which this browser is known again for a name; none where it is already.
    pub fn known(
        &self,
        gate: &Gate,
        seal: &Seal,
        name: &str,
        number: [u8; 16],
    ) -> Result<Option<HeaderValue>, Refusal> {
        let mut browser = self.browser.clone().unwrap_or(Browser { number: Hex(number), marks: Vec::new() });
        if browser.knows(seal, name) {
            return Ok(None);
        }
        if browser.marks.len() >= SHARED_MAX {
            browser.marks.remove(0);
        }
        browser.marks.push(seal.mark(Keeper { what: MARK, whose: name }, &browser.number.0));
        let rest = format!("SameSite=Strict; Path=/api/v1; Max-Age={BROWSER_SECONDS}");
        Ok(Some(gate.cookie(BROWSER, &browser.written(), &rest)?))
    }
}

/// The value of a cookie.
pub fn cookie(headers: &HeaderMap, wanted: &str) -> Option<String> {
    let all = headers.get_all(header::COOKIE).iter().filter_map(|value| value.to_str().ok());
    all.flat_map(|value| value.split(';')).find_map(|cookie| {
        let (name, value) = cookie.trim().split_once('=')?;
        (name == wanted).then(|| value.to_owned())
    })
}

/// The address that guesses count on: for IPv6 the network, since one household has as many addresses as it likes.
fn counted(address: IpAddr) -> String {
    match address.to_canonical() {
        IpAddr::V4(address) => address.to_string(),
        IpAddr::V6(address) => {
            let [a, b, c, d, ..] = address.segments();
            format!("{a:x}:{b:x}:{c:x}:{d:x}::/64")
        }
    }
}

/// The address of the client: the peer's, or behind a proxy of ours the last one that it says it heard from.
fn address(headers: &HeaderMap, peer: Option<IpAddr>, is_behind_proxy: bool) -> String {
    let forwarded = || {
        let last = headers.get_all("x-forwarded-for").iter().next_back()?.to_str().ok()?;
        last.rsplit(',').next()?.trim().parse().ok()
    };
    let address = if is_behind_proxy { forwarded().or(peer) } else { peer };
    address.map_or_else(|| NOWHERE.to_owned(), counted)
}

impl FromRequestParts<App> for Caller {
    type Rejection = Refusal;

    async fn from_request_parts(parts: &mut Parts, app: &App) -> Result<Self, Refusal> {
        let peer = parts.extensions.get::<ConnectInfo<SocketAddr>>().map(|ConnectInfo(peer)| peer.ip());
        let browser = cookie(&parts.headers, BROWSER).as_deref().and_then(Browser::read);
        Ok(Self { address: address(&parts.headers, peer, app.gate.is_secure()), browser })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn forwarded(values: &[&str]) -> HeaderMap {
        let mut headers = HeaderMap::new();
        values.iter().for_each(|value| {
            headers.append("x-forwarded-for", HeaderValue::from_str(value).unwrap());
        });
        headers
    }

    fn peer() -> Option<IpAddr> {
        Some("127.0.0.1".parse().unwrap())
    }

    #[test]
    fn what_a_client_says_of_itself_counts_behind_a_proxy_only_and_only_the_last_of_it() {
        let headers = forwarded(&["10.9.9.9, 192.168.1.7"]);
        assert_eq!(address(&headers, peer(), false), "127.0.0.1");
        assert_eq!(address(&headers, peer(), true), "192.168.1.7");
        assert_eq!(address(&forwarded(&["10.9.9.9", "192.168.1.7"]), peer(), true), "192.168.1.7");
        assert_eq!(address(&forwarded(&["nonsense"]), peer(), true), "127.0.0.1");
        assert_eq!(address(&HeaderMap::new(), None, true), NOWHERE);
    }

    #[test]
    fn one_household_is_one_address() {
        let one = counted("2001:db8:1:2:3:4:5:6".parse().unwrap());
        assert_eq!(one, counted("2001:db8:1:2:ffff::1".parse().unwrap()));
        assert_ne!(one, counted("2001:db8:1:3::1".parse().unwrap()));
        assert_eq!(counted("::ffff:10.0.0.1".parse().unwrap()), "10.0.0.1");
    }

    #[test]
    fn a_browser_is_known_for_those_who_signed_in_with_it() {
        let seal = Seal::new(&Hex([7; 32]));
        let (gate, stranger) = (Gate::default(), Caller { address: "10.0.0.1".into(), browser: None });
        let given = stranger.known(&gate, &seal, "wang", [1; 16]).unwrap().unwrap();
        let mut headers = HeaderMap::new();
        headers.insert(header::COOKIE, given.to_str().unwrap().split(';').next().unwrap().parse().unwrap());
        let browser = cookie(&headers, BROWSER).as_deref().and_then(Browser::read);
        let hers = Caller { address: "10.0.0.1".into(), browser };
        assert!(matches!(hers.sides(&seal, At::Password("wang"))[..], [Side::Known { .. }]));
        assert_eq!(hers.sides(&seal, At::Password("liu")).len(), 3);
        assert!(hers.known(&gate, &seal, "wang", [2; 16]).unwrap().is_none());
        assert!(hers.known(&gate, &seal, "liu", [2; 16]).unwrap().is_some());
        assert_ne!(hers.sides(&seal, At::Password("wang")), hers.sides(&seal, At::Code("wang")));
    }

    #[test]
    fn a_forged_mark_is_none() {
        let seal = Seal::new(&Hex([7; 32]));
        let forged = Browser { number: Hex([1; 16]), marks: vec![Hex([9; 32])] };
        let read = Browser::read(&forged.written()).unwrap();
        assert_eq!(read.marks.len(), 1);
        assert!(!read.knows(&seal, "wang"));
        assert!(Browser::read("..").is_none() && Browser::read("zz").is_none());
    }

    #[test]
    fn cookies_are_sent_over_https_only_where_there_is_https() {
        let gate = |url: &str| Gate::new(GateSettings { public_url: Some(url.into()), single_sign_on: None }).unwrap();
        let cookie = |gate: Gate| gate.cookie("a", "b", "Path=/").unwrap().to_str().unwrap().to_owned();
        assert_eq!(cookie(gate("https://firebreak.example/")), "a=b; HttpOnly; Path=/; Secure");
        assert_eq!(cookie(gate("http://127.0.0.1:8080")), "a=b; HttpOnly; Path=/");
        assert_eq!(cookie(Gate::default()), "a=b; HttpOnly; Path=/");
    }
}
