// A client app on Auth.js, configured as its documentation has it for a provider of one's own.

import assert from 'node:assert/strict'

import { Auth } from '@auth/core'

import { ask, known, perform } from './harness.mjs'

const APP = new URL('/auth', known.auth_js.redirect_uri).href

const config = {
  basePath: '/auth',
  secret: 'of the app alone, with which it seals its sessions',
  trustHost: true,
  providers: [
    {
      id: 'latchkey',
      name: 'Latchkey',
      type: 'oidc',
      issuer: known.issuer,
      clientId: known.auth_js.client_id,
      clientSecret: known.auth_js.client_secret,
    },
  ],
}

const scenarios = {
  async session() {
    const browser = new Browser()
    assert.equal(await browser.session(), null)
    const { csrfToken } = await (await browser.request('/csrf')).json()
    const form = new URLSearchParams({ csrfToken, callbackUrl: APP })
    const start = await browser.request('/signin/latchkey', { method: 'POST', body: form })
    const arrival = await ask('open', { url: start.headers.get('Location') })
    const end = await browser.request(arrival.url)
    assert.equal(end.headers.get('Location'), APP)
    const { user } = await browser.session()
    assert.deepEqual([user.name, user.email], ['Alice', known.email])
  },
}

// A person's browser at the app, of which the tests of the site know nothing.
class Browser {
  #cookies = new Map()

  async request(path, options = {}) {
    const url = path.startsWith('/') ? APP + path : path
    const cookie = [...this.#cookies].map((pair) => pair.join('=')).join('; ')
    const response = await Auth(new Request(url, { ...options, headers: { cookie } }), config)
    for (const set of response.headers.getSetCookie()) {
      const [, name, value] = set.match(/^([^=]+)=([^;]*)/)
      this.#cookies.set(name, value)
    }
    return response
  }

  async session() {
    return (await this.request('/session')).json()
  }
}

await perform(scenarios)
