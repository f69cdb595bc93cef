import type { AuthorizationCodeGrantChecks, Configuration } from 'openid-client';

export interface OpenIdSettings {
  issuer: string;
  clientId: string;
  clientSecret: string;
  /** Known once the port is. */
  redirectUri(): string;
  /** Plain HTTP is allowed: a provider on this machine, outside production. */
  allowHttp: boolean;
}

/** What the provider says about somebody, by its own claim names. */
export interface ProviderClaims {
  iss: string;
  sub: string;
  email?: unknown;
  email_verified?: unknown;
  name?: unknown;
}

export interface OpenIdProvider {
  authorizationUrl(parameters: Record<string, string>): Promise<URL>;
  /** The claims behind a callback. Rejects with the library's errors. */
  exchange(callback: URL, checks: AuthorizationCodeGrantChecks): Promise<ProviderClaims>;
}

/** Imports openid-client only where it is used: most installations have no provider. */
export function createOpenIdProvider(settings: OpenIdSettings, timeoutSeconds: number): OpenIdProvider {
  let discovered: Promise<Configuration> | undefined;

  /** Discovered once; a provider that did not answer is asked again next time. */
  function configuration(): Promise<Configuration> {
    discovered ??= discover(settings, timeoutSeconds).catch((error: unknown) => {
      discovered = undefined;
      throw error;
    });
    return discovered;
  }

  return {
    async authorizationUrl(parameters) {
      const { buildAuthorizationUrl } = await import('openid-client');
      const config = await configuration();
      return buildAuthorizationUrl(config, { redirect_uri: settings.redirectUri(), ...parameters });
    },

    async exchange(callback, checks) {
      const { authorizationCodeGrant, fetchUserInfo } = await import('openid-client');
      const config = await configuration();
      const tokens = await authorizationCodeGrant(config, callback, checks);
      const claims = tokens.claims();
      if (!claims) throw new Error('There is no ID token.');
      // Some providers say it in the ID token (Google), others only at the userinfo endpoint.
      if (claims.email !== undefined && claims.email_verified !== undefined) return claims;
      const { email, email_verified, name } = await fetchUserInfo(config, tokens.access_token, claims.sub);
      return { iss: claims.iss, sub: claims.sub, email, email_verified, name };
    },
  };
}

async function discover(settings: OpenIdSettings, timeout: number): Promise<Configuration> {
  const { allowInsecureRequests, discovery } = await import('openid-client');
  const { issuer, clientId, clientSecret, allowHttp } = settings;
  return await discovery(new URL(issuer), clientId, clientSecret, undefined, {
    timeout,
    ...(allowHttp && { execute: [allowInsecureRequests] }),
  });
}
