//! Single sign-on with an OpenID Connect provider: where to send someone, and who they are when they come back.
//!
//! Authorization code with PKCE, state and nonce; the provider's description and keys are asked for each time, so
//! that new keys are known at once. The library reads the clock itself, for the expiry of what the provider signs.

use facts::Hex;
use openidconnect::core::{CoreAuthenticationFlow, CoreClient, CoreProviderMetadata};
use openidconnect::{
    AuthorizationCode, ClientId, ClientSecret, CsrfToken, EndpointMaybeSet, EndpointNotSet, EndpointSet, IssuerUrl,
    Nonce, PkceCodeChallenge, PkceCodeVerifier, RedirectUrl, reqwest,
};
use serde::{Deserialize, Serialize};

use crate::error::AccessError;

/// How long the provider may take to answer, in seconds.
const PATIENCE_SECONDS: u64 = 10;

/// A provider, as it is set up.
#[derive(Clone)]
pub struct ProviderSettings {
    /// Its address, by which it signs.
    pub issuer: String,
    /// What it calls us.
    pub client: String,
    /// What we prove that with; none for a public client.
    pub secret: Option<String>,
    /// What people call it.
    pub name: String,
    /// Where it sends people back to.
    pub back: String,
}

/// What one attempt to sign on is known again by. Its maker keeps it, sealed.
#[derive(Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct SignOn {
    state: String,
    nonce: String,
    verifier: String,
}

impl SignOn {
    /// From random bytes.
    pub fn new(random: [u8; 96]) -> Self {
        let [state, nonce, verifier] = [0, 32, 64].map(|from| {
            let part: [u8; 32] = std::array::from_fn(|index| random[from + index]);
            Hex(part).to_string()
        });
        Self { state, nonce, verifier }
    }

    /// Whether an answer belongs to this attempt.
    pub fn is(&self, state: &str) -> bool {
        // An attempt is answered once and its state is random: nobody learns it by how long this takes.
        self.state == state
    }
}

/// Somebody, as a provider knows them.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Subject {
    /// The provider.
    pub issuer: String,
    /// Whom.
    pub subject: String,
}

type Client =
    CoreClient<EndpointSet, EndpointNotSet, EndpointNotSet, EndpointNotSet, EndpointMaybeSet, EndpointMaybeSet>;

/// A provider that people may sign on with.
pub struct Provider {
    settings: ProviderSettings,
    http: reqwest::Client,
}

impl Provider {
    /// One that is set up; it is asked nothing yet.
    pub fn new(settings: ProviderSettings) -> Result<Self, AccessError> {
        let http = reqwest::Client::builder()
            // A redirect could lead into our own network.
            .redirect(reqwest::redirect::Policy::none())
            .timeout(std::time::Duration::from_secs(PATIENCE_SECONDS))
            .build()
            .map_err(AccessError::provider("getting ready"))?;
        IssuerUrl::new(settings.issuer.clone()).map_err(AccessError::provider("its address"))?;
        RedirectUrl::new(settings.back.clone()).map_err(AccessError::provider("our own address"))?;
        Ok(Self { settings, http })
    }

    /// What people call it.
    pub fn name(&self) -> &str {
        &self.settings.name
    }

    async fn client(&self) -> Result<Client, AccessError> {
        let settings = &self.settings;
        let issuer = IssuerUrl::new(settings.issuer.clone()).map_err(AccessError::provider("its address"))?;
        let back = RedirectUrl::new(settings.back.clone()).map_err(AccessError::provider("our own address"))?;
        let described = CoreProviderMetadata::discover_async(issuer, &self.http).await;
        let described = described.map_err(AccessError::provider("asking it for its description"))?;
        let secret = settings.secret.clone().map(ClientSecret::new);
        let client = CoreClient::from_provider_metadata(described, ClientId::new(settings.client.clone()), secret);
        Ok(client.set_redirect_uri(back))
    }

    /// Where to send someone who wants to sign on.
    pub async fn address(&self, attempt: &SignOn) -> Result<String, AccessError> {
        let client = self.client().await?;
        let (state, nonce) = (attempt.state.clone(), attempt.nonce.clone());
        let verifier = PkceCodeVerifier::new(attempt.verifier.clone());
        let (address, _, _) = client
            .authorize_url(
                CoreAuthenticationFlow::AuthorizationCode,
                move || CsrfToken::new(state),
                move || Nonce::new(nonce),
            )
            .set_pkce_challenge(PkceCodeChallenge::from_code_verifier_sha256(&verifier))
            .url();
        Ok(address.into())
    }

    /// Who came back with a code.
    pub async fn subject(&self, attempt: &SignOn, code: &str) -> Result<Subject, AccessError> {
        let client = self.client().await?;
        let asked = client
            .exchange_code(AuthorizationCode::new(code.to_owned()))
            .map_err(AccessError::provider("its description"))?
            .set_pkce_verifier(PkceCodeVerifier::new(attempt.verifier.clone()))
            .request_async(&self.http)
            .await;
        let answer = asked.map_err(AccessError::provider("exchanging the code"))?;
        let missing = || AccessError::Provider {
            doing: "exchanging the code",
            problem: "it sent no identity; does it know the scope openid?".to_owned(),
        };
        let token = openidconnect::TokenResponse::id_token(&answer).ok_or_else(missing)?;
        let claims = token
            .claims(&client.id_token_verifier(), &Nonce::new(attempt.nonce.clone()))
            .map_err(AccessError::provider("what it signed"))?;
        Ok(Subject { issuer: claims.issuer().to_string(), subject: claims.subject().to_string() })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_attempt_is_known_again_by_its_state_alone() {
        let attempt = SignOn::new(std::array::from_fn(|index| index as u8));
        assert!(attempt.is(&attempt.state.clone()));
        assert!(!attempt.is(&attempt.nonce.clone()) && !attempt.is(""));
        let kept = serde_json::to_string(&attempt).unwrap();
        assert!(serde_json::from_str::<SignOn>(&kept).unwrap() == attempt);
    }

    #[test]
    fn an_address_that_is_none_is_refused_at_the_start() {
        let settings = ProviderSettings {
            issuer: "not an address".into(),
            client: "firebreak".into(),
            secret: None,
            name: "省政务".into(),
            back: "https://firebreak.example/api/v1/single-sign-on/callback".into(),
        };
        assert!(Provider::new(settings).is_err());
    }
}
