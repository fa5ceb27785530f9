// Two apps on go-oidc and golang.org/x/oauth2, on which oauth2-proxy, Argo CD, kubelogin and Vault
// are built: one on a server, registered as oauth2-proxy is, and one on a person's own computer,
// registered as kubelogin is.
package main

import (
	"context"
	"errors"
	"fmt"
	"net/url"
	"slices"
	"strings"
	"time"

	"github.com/coreos/go-oidc/v3/oidc"
	"golang.org/x/oauth2"
)

// app is what such a program keeps while it runs. The provider keeps the keys that it has seen.
type app struct {
	known    known
	provider *oidc.Provider
	proxy    oauth2.Config
	kubectl  oauth2.Config
}

// session is what a person's sign-in left in the app.
type session struct {
	token  *oauth2.Token
	signed *oidc.IDToken
}

func discover(ctx context.Context, known known) (*app, error) {
	provider, err := oidc.NewProvider(ctx, known.Issuer)
	if err != nil {
		return nil, err
	}
	config := func(client client) oauth2.Config {
		return oauth2.Config{
			ClientID:     client.ID,
			ClientSecret: client.Secret, // none, where there is none
			RedirectURL:  client.RedirectURI,
			Endpoint:     provider.Endpoint(),
			Scopes:       []string{oidc.ScopeOpenID, oidc.ScopeOfflineAccess, "profile", "email", "groups"},
		}
	}
	return &app{known, provider, config(known.Proxy), config(known.Kubectl)}, nil
}

// signIn sends the person to the site, and redeems the code with which they come back.
func (a *app) signIn(ctx context.Context, config oauth2.Config) (*session, error) {
	state, nonce, verifier := oauth2.GenerateVerifier(), oauth2.GenerateVerifier(), oauth2.GenerateVerifier()
	there := config.AuthCodeURL(state, oidc.Nonce(nonce), oauth2.S256ChallengeOption(verifier))
	answer, err := a.comeBack(there, state)
	if err != nil {
		return nil, err
	}
	token, err := config.Exchange(ctx, answer.Get("code"), oauth2.VerifierOption(verifier))
	if err != nil {
		return nil, err
	}
	signed, err := a.verify(ctx, config, token)
	if err != nil {
		return nil, err
	}
	if signed.Nonce != nonce {
		return nil, errors.New("the ID token is of another sign-in")
	}
	return &session{token, signed}, nil
}

func (a *app) comeBack(there, state string) (url.Values, error) {
	arrival, err := url.Parse(open(there))
	if err != nil {
		return nil, err
	}
	answer := arrival.Query()
	if answer.Get("state") != state || answer.Get("iss") != a.known.Issuer {
		return nil, fmt.Errorf("the answer belongs to nothing that was asked: %v", answer)
	}
	if problem := answer.Get("error"); problem != "" {
		return nil, errors.New(problem)
	}
	return answer, nil
}

// verify checks signature, issuer, audience and time, and that the access token belongs to it.
func (a *app) verify(ctx context.Context, config oauth2.Config, token *oauth2.Token) (*oidc.IDToken, error) {
	raw, ok := token.Extra("id_token").(string)
	if !ok {
		return nil, errors.New("there is no ID token")
	}
	signed, err := a.provider.Verifier(&oidc.Config{ClientID: config.ClientID}).Verify(ctx, raw)
	if err != nil {
		return nil, err
	}
	return signed, signed.VerifyAccessToken(token.AccessToken)
}

// readsWho holds that an app that reads the ID token alone finds there what it decides by.
func (a *app) readsWho(signed *oidc.IDToken) error {
	var claims struct {
		Email    string   `json:"email"`
		Verified bool     `json:"email_verified"`
		Name     string   `json:"preferred_username"`
		Groups   []string `json:"groups"`
	}
	if err := signed.Claims(&claims); err != nil {
		return err
	}
	if claims.Email != a.known.Email || !claims.Verified || claims.Name == "" ||
		!slices.Equal(claims.Groups, []string{a.known.Group}) {
		return fmt.Errorf("the ID token says: %+v", claims)
	}
	return nil
}

func (a *app) signsInToServer(ctx context.Context) error {
	session, err := a.signIn(ctx, a.proxy)
	if err != nil {
		return err
	}
	return a.readsWho(session.signed)
}

func (a *app) signsInToCommandLine(ctx context.Context) error {
	session, err := a.signIn(ctx, a.kubectl)
	if err != nil {
		return err
	}
	return a.readsWho(session.signed)
}

func (a *app) asksUserinfo(ctx context.Context) error {
	session, err := a.signIn(ctx, a.proxy)
	if err != nil {
		return err
	}
	info, err := a.provider.UserInfo(ctx, oauth2.StaticTokenSource(session.token))
	if err != nil {
		return err
	}
	if info.Subject != session.signed.Subject || info.Email != a.known.Email || !info.EmailVerified {
		return fmt.Errorf("userinfo says: %+v", info)
	}
	return nil
}

// refreshes lets the library find that the access token is over, as it does by itself.
func (a *app) refreshes(ctx context.Context) error {
	for _, config := range []oauth2.Config{a.proxy, a.kubectl} {
		session, err := a.signIn(ctx, config)
		if err != nil {
			return err
		}
		over := *session.token
		over.Expiry = time.Now().Add(-time.Minute)
		renewed, err := config.TokenSource(ctx, &over).Token()
		if err != nil {
			return err
		}
		signed, err := a.verify(ctx, config, renewed)
		if err != nil {
			return err
		}
		if renewed.RefreshToken == over.RefreshToken || signed.Subject != session.signed.Subject {
			return errors.New("the refresh token is the old one, or the person another")
		}
		if err := a.readsWho(signed); err != nil {
			return err
		}
	}
	return nil
}

// refusesTokensOfOthers shows the one app an ID token that the person got at the other.
func (a *app) refusesTokensOfOthers(ctx context.Context) error {
	session, err := a.signIn(ctx, a.kubectl)
	if err != nil {
		return err
	}
	_, err = a.verify(ctx, a.proxy, session.token)
	if err == nil || !strings.Contains(err.Error(), "audience") {
		return fmt.Errorf("it should be for another audience: %v", err)
	}
	return nil
}

func (a *app) understandsRefusals(ctx context.Context) error {
	stranger := a.proxy
	stranger.ClientSecret = "of another client: +%é"
	for config, wanted := range map[*oauth2.Config]string{&stranger: "invalid_client", &a.proxy: "invalid_grant"} {
		_, err := config.Exchange(ctx, "made up", oauth2.VerifierOption(oauth2.GenerateVerifier()))
		var refusal *oauth2.RetrieveError
		if !errors.As(err, &refusal) || refusal.ErrorCode != wanted {
			return fmt.Errorf("it should be refused by %s: %v", wanted, err)
		}
	}
	return nil
}
