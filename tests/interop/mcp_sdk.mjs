// An agent on the SDK of the Model Context Protocol, which knows nothing but the address of the API.

import assert from 'node:assert/strict'

import { auth } from '@modelcontextprotocol/sdk/client/auth.js'
import { Client } from '@modelcontextprotocol/sdk/client/index.js'
import { StreamableHTTPClientTransport } from '@modelcontextprotocol/sdk/client/streamableHttp.js'

import { ask, known, perform } from './harness.mjs'

const API = `${known.issuer}/api/v1`

const scenarios = {
  async agent() {
    const agent = new Agent()
    assert.equal(await auth(agent, { serverUrl: API }), 'REDIRECT')
    const arrival = new URL((await ask('open', { url: agent.sentTo.href })).url)
    assert.equal(arrival.searchParams.get('error'), null)
    const authorizationCode = arrival.searchParams.get('code')
    assert.equal(await auth(agent, { serverUrl: API, authorizationCode }), 'AUTHORIZED')
    assert.equal(await agent.whose(), known.email)

    const first = agent.tokens().access_token
    assert.equal(await auth(agent, { serverUrl: API }), 'AUTHORIZED') // by its refresh token
    assert.notEqual(agent.tokens().access_token, first)
    assert.equal(await agent.whose(), known.email)
  },

  // This SDK shakes hands first, as was done before 2026-07-28.
  async tools() {
    const agent = new Agent()
    const serverUrl = `${known.issuer}/mcp`
    assert.equal(await auth(agent, { serverUrl, scope: 'profile' }), 'REDIRECT')
    const arrival = new URL((await ask('open', { url: agent.sentTo.href })).url)
    const authorizationCode = arrival.searchParams.get('code')
    assert.equal(await auth(agent, { serverUrl, authorizationCode }), 'AUTHORIZED')

    const client = new Client({ name: 'agent', version: '1' })
    const transport = new StreamableHTTPClientTransport(new URL(serverUrl), { authProvider: agent })
    await client.connect(transport)
    const { tools } = await client.listTools()
    assert.ok(tools.some((tool) => tool.name === 'me'))
    const { structuredContent } = await client.callTool({ name: 'me' })
    assert.equal(structuredContent.name, 'Alice')
    await client.close()
  },
}

// Keeps what the SDK asks it to keep, and goes nowhere by itself.
class Agent {
  redirectUrl = known.redirect_uri
  clientMetadata = {
    client_name: 'An agent',
    redirect_uris: [known.redirect_uri],
    grant_types: ['authorization_code', 'refresh_token'],
    response_types: ['code'],
    token_endpoint_auth_method: 'none',
  }

  #kept = {}

  clientInformation = () => this.#kept.client
  saveClientInformation = (client) => (this.#kept.client = client)
  tokens = () => this.#kept.tokens
  saveTokens = (tokens) => (this.#kept.tokens = tokens)
  codeVerifier = () => this.#kept.verifier
  saveCodeVerifier = (verifier) => (this.#kept.verifier = verifier)
  redirectToAuthorization = (url) => (this.sentTo = url)

  async whose() {
    const headers = { Authorization: `Bearer ${this.tokens().access_token}` }
    return (await (await fetch(`${API}/me`, { headers })).json()).email
  }
}

await perform(scenarios)
