/** Algorithms for which a shared secret is the key. RFC 7518, section 3.2. */
export const SECRET_ALGORITHMS = ["HS256", "HS384", "HS512"] as const;
/** One of those. */
export type SecretAlgorithm = (typeof SECRET_ALGORITHMS)[number];

/** Algorithms for which an identity provider publishes the key. RFC 7518, sections 3.3 to 3.5; RFC 8037. */
export const PUBLIC_KEY_ALGORITHMS = [
  "RS256",
  "RS384",
  "RS512",
  "PS256",
  "PS384",
  "PS512",
  "ES256",
  "ES384",
  "ES512",
  "EdDSA",
] as const;
/** One of those. */
export type PublicKeyAlgorithm = (typeof PUBLIC_KEY_ALGORITHMS)[number];

/** An algorithm by which tokens may be signed. */
export type Algorithm = SecretAlgorithm | PublicKeyAlgorithm;

/** The algorithms that there may be keys for, where an identity provider has them and where it does not. */
export function algorithmsFor(hasProvider: boolean): readonly Algorithm[] {
  return hasProvider ? PUBLIC_KEY_ALGORITHMS : SECRET_ALGORITHMS;
}

/** True for an algorithm whose key is a shared secret. */
export function isSecretAlgorithm(name: string): name is SecretAlgorithm {
  return SECRET_ALGORITHMS.some((algorithm) => algorithm === name);
}

/** The `kty` (RFC 7518, section 6.1; RFC 8037, section 2) of the keys for an algorithm. */
export function keyTypeOf(algorithm: PublicKeyAlgorithm): "RSA" | "EC" | "OKP" {
  if (algorithm === "EdDSA") return "OKP";
  return algorithm.startsWith("ES") ? "EC" : "RSA";
}
