// Guard a service by JWT access tokens, checked by the keys of the site that issued them.
//
// Needs jose (npm install jose). Set ISSUER, AUDIENCE and PORT, and run: node guard_by_keys.mjs

import http from 'node:http'

import { createRemoteJWKSet, jwtVerify } from 'jose'

const { ISSUER, AUDIENCE, PORT } = process.env // AUDIENCE: the identifier of the protected resource
const SCOPE = 'calendar.read'
const keys = createRemoteJWKSet(new URL(`${ISSUER}/oauth/jwks/`))

async function verified(header = '') {
  const rules = { issuer: ISSUER, audience: AUDIENCE, typ: 'at+jwt', requiredClaims: ['sub', 'exp'] }
  return (await jwtVerify(header.replace(/^Bearer /, ''), keys, rules)).payload
}

const server = http.createServer(async (request, response) => {
  const answer = (status, said, error) => {
    const challenge = error && { 'WWW-Authenticate': `Bearer error="${error}", scope="${SCOPE}"` }
    response.writeHead(status, { 'Content-Type': 'application/json', ...challenge })
    response.end(JSON.stringify(said))
  }
  try {
    const claims = await verified(request.headers.authorization)
    // One that is bound to a key (cnf) needs a proof, which is not read here.
    const isAllowed = claims.scope.split(' ').includes(SCOPE) && !claims.cnf
    isAllowed ? answer(200, { sub: claims.sub }) : answer(403, {}, 'insufficient_scope')
  } catch {
    answer(401, {}, 'invalid_token')
  }
})
server.listen(PORT, '127.0.0.1', () => console.log(`ready on ${server.address().port}`))
