// An agent on the TypeScript SDK of the Model Context Protocol of 2026-07-28, at an MCP server.

import assert from 'node:assert/strict'

import {
  Client,
  CrossAppAccessProvider,
  discoverAndRequestJwtAuthGrant,
  StreamableHTTPClientTransport,
  UnauthorizedError,
} from '@modelcontextprotocol/client'

import { ask, known, perform } from './harness.mjs'

const scenarios = {
  document: () => walk('document'),
  registered: () => walk('registered'),
  given: () => walk('given'),

  async own() {
    const agent = new Agent('registered', `${known.issuer}/mcp`)
    assert.equal((await agent.call('me')).name, 'Alice')
    assert.equal((await agent.call('emails')).items[0].email, known.email)
    assert.equal(agent.asked.length, 2)
  },

  // Nobody is asked: the company that the person works for says what the agent may do.
  async enterprise() {
    const { issuer: idpUrl, id_token: idToken, here, there } = known.company
    const asked = []
    const authProvider = new CrossAppAccessProvider({
      async assertion({ authorizationServerUrl, resourceUrl, scope, fetchFn }) {
        asked.push(scope)
        const { jwtAuthGrant } = await discoverAndRequestJwtAuthGrant({
          idpUrl,
          audience: authorizationServerUrl,
          resource: resourceUrl,
          idToken,
          clientId: here.client_id,
          clientSecret: here.client_secret,
          scope,
          fetchFn,
        })
        return jwtAuthGrant
      },
      clientId: there.client_id,
      clientSecret: there.client_secret,
      expectedIssuer: known.issuer,
    })
    const transport = new StreamableHTTPClientTransport(new URL(known.notes), { authProvider })
    const client = new Client({ name: 'agent', version: '1' }, { versionNegotiation: { mode: 'auto' } })
    await client.connect(transport)
    const listed = await client.callTool({ name: 'list_notes', arguments: {} })
    assert.ok(!listed.isError, JSON.stringify(listed.content))
    await client.close()
    assert.equal(asked.length, 1)
    assert.equal(authProvider.tokens().refresh_token, undefined)
  },
}

async function walk(way) {
  const agent = new Agent(way, known.notes)
  await agent.call('list_notes')
  assert.deepEqual(agent.asked[0].split(' ').sort(), ['notes.read', 'offline_access'])

  await agent.call('add_note', { text: 'Milk' }) // for which the person is asked again
  assert.equal(agent.asked.length, 2)
  assert.ok(agent.scopes().includes('notes.read') && agent.scopes().includes('notes.write'))
  const { result } = await agent.call('list_notes')
  assert.equal(result.at(-1), 'Milk')

  const first = agent.tokens().access_token
  agent.spoil() // it is refused, so the refresh token is used
  await agent.call('list_notes')
  assert.notEqual(agent.tokens().access_token, first)
  assert.equal(agent.asked.length, 2)
}

// Keeps what the SDK asks it to keep, and sends the person where the SDK wants them.
class Agent {
  redirectUrl = known.redirect_uri
  clientMetadata = {
    client_name: 'An agent',
    redirect_uris: [known.redirect_uri],
    grant_types: ['authorization_code', 'refresh_token'],
    response_types: ['code'],
    token_endpoint_auth_method: 'none',
  }

  asked = []
  #kept = {}

  constructor(way, server) {
    this.server = new URL(server)
    if (way === 'document') this.clientMetadataUrl = known.document
    if (way === 'given') this.#kept.client = { client_id: known.native.client_id }
  }

  clientInformation = () => this.#kept.client
  saveClientInformation = (client) => (this.#kept.client = client)
  tokens = () => this.#kept.tokens
  saveTokens = (tokens) => (this.#kept.tokens = tokens)
  codeVerifier = () => this.#kept.verifier
  saveCodeVerifier = (verifier) => (this.#kept.verifier = verifier)
  discoveryState = () => this.#kept.discovered
  saveDiscoveryState = (discovered) => (this.#kept.discovered = discovered)

  redirectToAuthorization(url) {
    this.asked.push(url.searchParams.get('scope'))
    this.sentTo = url.href
  }

  scopes() {
    return this.tokens().scope.split(' ')
  }

  spoil() {
    this.#kept.tokens = { ...this.#kept.tokens, access_token: 'lk_at_none' }
  }

  // As an app does: where the person was sent to the site, it goes on when they come back.
  async call(name, given = {}) {
    for (let tries = 0; tries < 3; tries += 1) {
      const transport = new StreamableHTTPClientTransport(this.server, { authProvider: this })
      const client = new Client(
        { name: 'agent', version: '1' },
        { versionNegotiation: { mode: 'auto' } },
      )
      try {
        await client.connect(transport)
        const result = await client.callTool({ name, arguments: given })
        assert.ok(!result.isError, JSON.stringify(result.content))
        return result.structuredContent
      } catch (error) {
        if (!(error instanceof UnauthorizedError)) throw error
        const arrival = new URL((await ask('open', { url: this.sentTo })).url)
        await transport.finishAuth(arrival.searchParams)
      } finally {
        await client.close()
      }
    }
    throw new Error('The person was asked too often.')
  }
}

await perform(scenarios)
