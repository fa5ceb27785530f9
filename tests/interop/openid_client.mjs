// A client app on openid-client, which is certified for OpenID Connect and strict by itself.

import assert from 'node:assert/strict'

import * as oidc from 'openid-client'

import { ask, known, perform } from './harness.mjs'

const TOKEN_EXCHANGE = 'urn:ietf:params:oauth:grant-type:token-exchange'

const scenarios = {
  async discovery() {
    for (const algorithm of ['oidc', 'oauth2']) {
      const server = (await discover(known.web, undefined, { algorithm })).serverMetadata()
      assert.equal(server.issuer, known.issuer)
      assert.ok(server.supportsPKCE())
      assert.equal(server.authorization_response_iss_parameter_supported, true)
    }
  },

  async code() {
    const tokens = await signIn(await discover(known.web))
    const claims = tokens.claims()
    assert.equal(claims.aud, known.web.client_id)
    assert.ok(claims.at_hash && claims.sid && claims.acr && claims.amr.length)
    assert.ok(tokens.expiresIn() > 0)
  },

  async form_post() {
    await signIn(await discover(known.web), { response_mode: 'form_post' })
  },

  async public_client() {
    const tokens = await signIn(await discover(known.native, oidc.None()))
    assert.equal(tokens.claims().aud, known.native.client_id)
  },

  async own_key() {
    const { key, signing } = known
    const privateKey = await importKey(key)
    const client = {
      ...signing,
      id_token_signed_response_alg: 'ES256',
      userinfo_signed_response_alg: 'PS256',
    }
    const config = await discover(client, oidc.PrivateKeyJwt({ key: privateKey, kid: key.kid }))
    const tokens = await signIn(config)
    const { sub } = tokens.claims()
    const claims = await oidc.fetchUserInfo(config, tokens.access_token, sub)
    assert.equal(claims.email, known.email)
    assert.notEqual(sub, (await signIn(await discover(known.web))).claims().sub)
    assert.equal((await oidc.tokenIntrospection(config, tokens.access_token)).sub, sub)
    await oidc.refreshTokenGrant(config, tokens.refresh_token)
    await oidc.clientCredentialsGrant(config, { scope: 'email' })
  },

  async pushed() {
    for (const config of [await discover(known.web), await discoverSigning(known.signing)]) {
      const { access_token, claims } = await signIn(config, {}, { build: push })
      await oidc.fetchUserInfo(config, access_token, claims().sub ?? oidc.skipSubjectCheck)
    }
  },

  async signed_request() {
    const config = await discoverSigning(known.signing)
    await signIn(config, {}, { build: sign })
    await signIn(config, { max_age: '3600' }, { build: signAndPush })
  },

  async signed_answer() {
    const config = await discover(known.web)
    oidc.useJwtResponseMode(config)
    await signIn(config)
    await refused(signIn(config, { prompt: 'consent' }, { decision: 'deny' }), 'access_denied')
  },

  async bound() {
    const public_app = await discover(known.native, oidc.None())
    for (const [config, build] of [[await discover(known.web)], [public_app, push]]) {
      const DPoP = oidc.getDPoPHandle(config, await oidc.randomDPoPKeyPair('ES256'))
      const first = await signIn(config, {}, { build, DPoP })
      assert.equal(first.token_type, 'dpop')
      const next = await oidc.refreshTokenGrant(config, first.refresh_token, undefined, { DPoP })
      const { access_token } = next
      await oidc.fetchUserInfo(config, access_token, first.claims().sub, { DPoP })
      const url = new URL(`${known.issuer}/api/v1/me`)
      const body = [undefined, undefined, { DPoP }]
      const answer = await oidc.fetchProtectedResource(config, access_token, url, 'GET', ...body)
      assert.equal((await answer.json()).email, known.email)
      await challenged(oidc.fetchUserInfo(config, access_token, oidc.skipSubjectCheck))
    }
  },

  async fapi() {
    const metadata = { authorization_signed_response_alg: 'ES256' }
    const config = await discoverSigning({ ...known.fapi, ...metadata })
    oidc.useJwtResponseMode(config)
    const DPoP = oidc.getDPoPHandle(config, await oidc.randomDPoPKeyPair('PS256'))
    const redirect_uri = known.fapi_redirect_uri
    const first = await signIn(config, { redirect_uri }, { build: signAndPush, DPoP })
    for (let times = 0; times < 2; times++) {
      const next = await oidc.refreshTokenGrant(config, first.refresh_token, undefined, { DPoP })
      await oidc.fetchUserInfo(config, next.access_token, first.claims().sub, { DPoP })
    }
    await refused(signIn(config, { redirect_uri }, { build: push, DPoP }), 'invalid_request')
  },

  async refusal() {
    const config = await discover(known.web)
    await refused(signIn(config, { prompt: 'consent' }, { decision: 'deny' }), 'access_denied')
    await refused(signIn(config, { scope: 'openid phone' }), 'invalid_scope')
  },

  async silence() {
    const config = await discover(known.web)
    await signIn(config)
    await signIn(config, { prompt: 'none' })
    await ask('forget')
    await refused(signIn(config, { prompt: 'none' }), 'login_required')
  },

  async userinfo() {
    const config = await discover(known.web)
    const tokens = await signIn(config)
    const claims = await oidc.fetchUserInfo(config, tokens.access_token, tokens.claims().sub)
    assert.equal(claims.email, known.email)
    assert.equal(claims.email_verified, true)
  },

  async refresh() {
    const config = await discover(known.web)
    const first = await signIn(config)
    const next = await oidc.refreshTokenGrant(config, first.refresh_token)
    assert.notEqual(next.access_token, first.access_token)
    assert.notEqual(next.refresh_token, first.refresh_token)
    assert.equal(next.claims().auth_time, first.claims().auth_time)
    await oidc.fetchUserInfo(config, next.access_token, first.claims().sub)
  },

  async exchange() {
    const config = await discover(known.web)
    const { access_token } = await signIn(config)
    const narrowed = await oidc.genericGrantRequest(config, TOKEN_EXCHANGE, {
      subject_token: access_token,
      subject_token_type: 'urn:ietf:params:oauth:token-type:access_token',
      scope: 'openid',
    })
    assert.equal(narrowed.scope, 'openid')
    assert.equal(narrowed.refresh_token, undefined)
    const said = await oidc.fetchUserInfo(config, narrowed.access_token, oidc.skipSubjectCheck)
    assert.equal(said.email, undefined)
  },

  async revocation() {
    const config = await discover(known.web)
    const { access_token, refresh_token } = await signIn(config)
    await oidc.tokenRevocation(config, refresh_token, { token_type_hint: 'refresh_token' })
    const [challenge] = await challenged(
      oidc.fetchUserInfo(config, access_token, oidc.skipSubjectCheck),
    )
    assert.equal(challenge.scheme, 'bearer')
    assert.equal(challenge.parameters.error, 'invalid_token')
    await refused(oidc.refreshTokenGrant(config, refresh_token), 'invalid_grant')
  },

  async introspection() {
    const config = await discover(known.web, oidc.ClientSecretBasic())
    const tokens = await signIn(config)
    const before = await oidc.tokenIntrospection(config, tokens.access_token)
    assert.equal(before.active, true)
    assert.equal(before.client_id, known.web.client_id)
    assert.equal(before.sub, tokens.claims().sub)
    await oidc.tokenRevocation(config, tokens.access_token)
    assert.deepEqual(await oidc.tokenIntrospection(config, tokens.access_token), { active: false })
  },

  async client_credentials() {
    for (const method of [oidc.ClientSecretBasic(), oidc.ClientSecretPost()]) {
      const config = await discover(known.web, method)
      const { access_token, scope } = await oidc.clientCredentialsGrant(config, { scope: 'email' })
      assert.ok(access_token)
      assert.equal(scope ?? 'email', 'email')
    }
  },

  async wrong_secret() {
    const wrong = { ...known.web, client_secret: 'of another client: +%é' }
    for (const method of [oidc.ClientSecretBasic(), oidc.ClientSecretPost()]) {
      const config = await discover(wrong, method)
      const [challenge] = await challenged(oidc.clientCredentialsGrant(config))
      assert.equal(challenge.scheme, 'basic')
    }
  },

  async device() {
    const config = await discover(known.native, oidc.None())
    const shown = await oidc.initiateDeviceAuthorization(config, { scope: known.scope })
    const tokens = oidc.pollDeviceAuthorizationGrant(config, shown)
    await ask('enter_code', { url: shown.verification_uri_complete })
    const { access_token, claims } = await tokens
    await oidc.fetchUserInfo(config, access_token, claims.call(await tokens).sub)
  },

  async logout() {
    const config = await discover(known.web)
    const tokens = await signIn(config)
    for (const id_token_hint of [tokens.id_token, undefined]) {
      await signIn(config)
      const state = oidc.randomState()
      const url = oidc.buildEndSessionUrl(config, {
        post_logout_redirect_uri: known.post_logout_redirect_uri,
        state,
        ...(id_token_hint && { id_token_hint }),
      })
      const arrival = await ask('open', { url: url.href })
      assert.equal(arrival.url, `${known.post_logout_redirect_uri}?state=${state}`)
      await refused(signIn(config, { prompt: 'none' }), 'login_required')
    }
    await challenged(oidc.fetchUserInfo(config, tokens.access_token, oidc.skipSubjectCheck))
  },

  async registration() {
    for (const initialAccessToken of [undefined, known.initial_access_token]) {
      const config = await register({ initialAccessToken })
      const { access_token, claims, refresh_token } = await signIn(config)
      assert.ok(access_token && claims && refresh_token)
      await oidc.refreshTokenGrant(config, refresh_token)
    }
    const [challenge] = await challenged(register({ initialAccessToken: 'wrong' }))
    assert.equal(challenge.parameters.error, 'invalid_token')
  },

  async resource() {
    const config = await discover(known.web)
    const { access_token } = await signIn(config)
    const url = new URL(`${known.issuer}/api/v1/me`)
    const answer = await oidc.fetchProtectedResource(config, access_token, url, 'GET')
    assert.equal((await answer.json()).email, known.email)
  },
}

function discover({ client_id, ...metadata }, authentication, options) {
  return oidc.discovery(new URL(known.issuer), client_id, metadata, authentication, {
    // The site of these tests has no TLS; without it, signatures are all there is to trust.
    execute: [oidc.allowInsecureRequests, oidc.enableNonRepudiationChecks],
    ...options,
  })
}

function register(options) {
  const metadata = {
    client_name: 'An app that registers itself',
    redirect_uris: [known.redirect_uri],
    grant_types: ['authorization_code', 'refresh_token'],
    token_endpoint_auth_method: 'client_secret_post',
  }
  return oidc.dynamicClientRegistration(new URL(known.issuer), metadata, undefined, {
    execute: [oidc.allowInsecureRequests, oidc.enableNonRepudiationChecks],
    ...options,
  })
}

async function discoverSigning(client) {
  const { key } = known
  const described = { ...client, id_token_signed_response_alg: 'ES256' }
  const privateKey = await importKey(key)
  return discover(described, oidc.PrivateKeyJwt({ key: privateKey, kid: key.kid }))
}

async function push(config, parameters, options) {
  return oidc.buildAuthorizationUrlWithPAR(config, parameters, options)
}

async function sign(config, parameters) {
  const key = { key: await importKey(known.key), kid: known.key.kid }
  return oidc.buildAuthorizationUrlWithJAR(config, parameters, key)
}

async function signAndPush(config, parameters, options) {
  return push(config, (await sign(config, parameters)).searchParams, options)
}

async function signIn(config, parameters = {}, { decision = 'allow', build, DPoP } = {}) {
  const checks = {
    pkceCodeVerifier: oidc.randomPKCECodeVerifier(),
    expectedState: oidc.randomState(),
    expectedNonce: oidc.randomNonce(),
    idTokenExpected: true,
    maxAge: 3600,
  }
  const url = await (build ?? oidc.buildAuthorizationUrl)(config, {
    redirect_uri: known.redirect_uri,
    scope: known.scope,
    state: checks.expectedState,
    nonce: checks.expectedNonce,
    max_age: String(checks.maxAge),
    code_challenge: await oidc.calculatePKCECodeChallenge(checks.pkceCodeVerifier),
    code_challenge_method: 'S256',
    ...parameters,
  }, { DPoP })
  const arrival = await ask('open', { url: url.href, decision })
  assert.equal('form' in arrival, (parameters.response_mode ?? '').startsWith('form_post'))
  return oidc.authorizationCodeGrant(config, asRequest(arrival), checks, undefined, { DPoP })
}

function asRequest({ url, form }) {
  return form ? new Request(url, { method: 'POST', body: new URLSearchParams(form) }) : new URL(url)
}

async function refused(promise, error) {
  await assert.rejects(promise, (thrown) => {
    assert.equal(thrown.error, error, thrown)
    return true
  })
}

// Returns the challenges of the WWW-Authenticate header that the answer must have.
async function challenged(promise) {
  const thrown = await promise.then(() => assert.fail('It was allowed.'), (error) => error)
  assert.equal(thrown.code, 'OAUTH_WWW_AUTHENTICATE_CHALLENGE', thrown)
  return thrown.cause
}

function importKey({ kty, crv, x, y, d }) {
  const algorithm = { name: 'ECDSA', namedCurve: crv }
  return crypto.subtle.importKey('jwk', { kty, crv, x, y, d }, algorithm, false, ['sign'])
}

await perform(scenarios)
