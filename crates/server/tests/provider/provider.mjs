// A real OpenID Connect provider on 127.0.0.1, for tests: node provider.mjs PORT BACK
// Whoever comes with ?login_hint=NAME is NAME; `nobody` refuses to sign on. Prints a line once it listens.
import Provider from 'oidc-provider';

const [port, back] = process.argv.slice(2);
const provider = new Provider(`http://127.0.0.1:${port}`, {
  clients: [
    {
      client_id: 'firebreak',
      client_secret: 'a secret of the tests',
      redirect_uris: [back],
      grant_types: ['authorization_code'],
      response_types: ['code'],
    },
  ],
  pkce: { required: () => true },
  features: { devInteractions: { enabled: false } },
  cookies: { keys: ['a key of the tests'] },
  interactions: { url: (_, interaction) => `/interaction/${interaction.uid}` },
  findAccount: (_, sub) => ({ accountId: sub, claims: () => ({ sub }) }),
  async loadExistingGrant(ctx) {
    const grant = new ctx.oidc.provider.Grant({
      clientId: ctx.oidc.client.clientId,
      accountId: ctx.oidc.session.accountId,
    });
    grant.addOIDCScope('openid');
    await grant.save();
    return grant;
  },
});

// The page on which people would sign in.
provider.use(async (ctx, next) => {
  if (!ctx.path.startsWith('/interaction/')) return next();
  const { params } = await provider.interactionDetails(ctx.req, ctx.res);
  const who = params.login_hint;
  const result = who === 'nobody' ? { error: 'access_denied' } : { login: { accountId: who } };
  const location = await provider.interactionResult(ctx.req, ctx.res, result);
  ctx.status = 303;
  ctx.set('location', location);
});

provider.listen(Number(port), '127.0.0.1', () => console.log('listens'));
