//! Encrypted connections: libpq's `sslmode`, on rustls.
//!
//! Over a Unix socket nothing is encrypted, whatever the address says, as with libpq. What comes before the encryption is one byte,
//! and nothing is read past it, so that nobody in between can slip something in.

use std::net::SocketAddr;
use std::path::Path;
use std::sync::{Arc, OnceLock};

use aws_lc_rs::digest;
use bytes::BytesMut;
use postgres_protocol::message::frontend;
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::TcpStream;
use tokio_rustls::TlsConnector;
use tokio_rustls::rustls::client::danger::{
    HandshakeSignatureValid, ServerCertVerified, ServerCertVerifier,
};
use tokio_rustls::rustls::client::{verify_server_cert_signed_by_trust_anchor, verify_server_name};
use tokio_rustls::rustls::crypto::{
    CryptoProvider, aws_lc_rs as provider, verify_tls12_signature, verify_tls13_signature,
};
use tokio_rustls::rustls::pki_types::pem::PemObject as _;
use tokio_rustls::rustls::pki_types::{CertificateDer, PrivateKeyDer, ServerName, UnixTime};
use tokio_rustls::rustls::server::ParsedCertificate;
use tokio_rustls::rustls::{
    CertificateError, ClientConfig, DigitallySignedStruct, Error, RootCertStore, SignatureScheme,
};

use super::address::{Address, Encryption, Host};
use super::socket::Socket;
use super::startup::Refusal;

/// What encrypts the connections to an address, once its files have been read.
#[derive(Clone, Debug, Default)]
pub(super) struct TlsConfig(Arc<OnceLock<Arc<ClientConfig>>>);

/// Connects to where `peer` says, or else to `host`, and encrypts the connection as the address says.
///
/// # Errors
/// What the operating system says, or the server; that the server does not encrypt, or is not who it should be.
pub(super) async fn connect(
    address: &Arc<Address>,
    host: &Host,
    port: u16,
    peer: Option<SocketAddr>,
) -> Result<Socket, Refusal> {
    match (Socket::connect(host, port, peer).await?, host) {
        (Socket::Tcp(stream), Host::Name(name)) if address.encryption != Encryption::Disable => {
            encrypt(stream, address, name).await
        }
        (socket, _) => Ok(socket),
    }
}

async fn encrypt(
    mut stream: TcpStream,
    address: &Arc<Address>,
    name: &str,
) -> Result<Socket, Refusal> {
    let mut request = BytesMut::new();
    frontend::ssl_request(&mut request);
    stream.write_all(&request).await?;
    match stream.read_u8().await? {
        b'S' => {}
        b'N' if address.encryption == Encryption::Prefer => return Ok(Socket::Tcp(stream)),
        b'N' => {
            return Err(Refusal::Other(
                "sslmode asks for encryption, and the server does not encrypt".to_owned(),
            ));
        }
        other => {
            return Err(Refusal::Other(format!(
                "the server answers {other} when it is asked to encrypt"
            )));
        }
    }
    let name = ServerName::try_from(name.to_owned())
        .map_err(|_| Refusal::Other(format!("{name} cannot be the name in a certificate")))?;
    let connector = TlsConnector::from(config(address).await?);
    let stream = connector.connect(name, stream).await?;
    Ok(Socket::Tls(Box::new(stream)))
}

/// Returns what encrypts the address's connections; its files are read the first time.
async fn config(address: &Arc<Address>) -> Result<Arc<ClientConfig>, Refusal> {
    if let Some(config) = address.tls.0.get() {
        return Ok(Arc::clone(config));
    }
    let reader = Arc::clone(address);
    let config = tokio::task::spawn_blocking(move || read_config(&reader))
        .await
        .map_err(|cause| Refusal::Other(cause.to_string()))?
        .map_err(Refusal::Other)?;
    Ok(Arc::clone(address.tls.0.get_or_init(|| config)))
}

fn read_config(address: &Address) -> Result<Arc<ClientConfig>, String> {
    let provider = Arc::new(provider::default_provider());
    let verifier = Verifier {
        trust: Trust::read(address)?,
        provider: Arc::clone(&provider),
    };
    let builder = ClientConfig::builder_with_provider(provider)
        .with_safe_default_protocol_versions()
        .map_err(|cause| cause.to_string())?
        .dangerous()
        .with_custom_certificate_verifier(Arc::new(verifier));
    let config = match &address.certificate {
        None => builder.with_no_client_auth(),
        Some((certificate, key)) => {
            let key = PrivateKeyDer::from_pem_file(key)
                .map_err(|cause| format!("{}: {cause}", key.display()))?;
            builder
                .with_client_auth_cert(read_certificates(certificate)?, key)
                .map_err(|cause| format!("{}: {cause}", certificate.display()))?
        }
    };
    Ok(Arc::new(config))
}

fn read_certificates(path: &Path) -> Result<Vec<CertificateDer<'static>>, String> {
    let named = |cause: &dyn std::fmt::Display| format!("{}: {cause}", path.display());
    let certificates: Vec<_> = CertificateDer::pem_file_iter(path)
        .map_err(|cause| named(&cause))?
        .collect::<Result<_, _>>()
        .map_err(|cause| named(&cause))?;
    if certificates.is_empty() {
        return Err(named(&"there is no certificate in it"));
    }
    Ok(certificates)
}

/// Whom we take for the server.
#[derive(Debug)]
enum Trust {
    /// Whoever answers.
    Anybody,
    /// Whoever an authority vouches for.
    Known {
        authorities: RootCertStore,
        /// The certificates of the file themselves: many a server's own stands there, and an authority's it is not.
        listed: Vec<CertificateDer<'static>>,
        /// Whether the certificate must be of the host's name.
        by_name: bool,
    },
}

impl Trust {
    fn read(address: &Address) -> Result<Self, String> {
        let by_name = match (address.encryption, &address.root_certificate) {
            (Encryption::VerifyFull, _) => true,
            // With a file `require` means as much as `verify-ca`, as with libpq.
            (Encryption::VerifyAuthority, _) | (Encryption::Require, Some(_)) => false,
            (Encryption::Disable | Encryption::Prefer | Encryption::Require, _) => {
                return Ok(Self::Anybody);
            }
        };
        let listed = match &address.root_certificate {
            Some(path) => read_certificates(path)?,
            None => {
                let system = rustls_native_certs::load_native_certs();
                if system.certs.is_empty() {
                    return Err(format!(
                        "the system has no certificates of authorities: {:?}",
                        system.errors
                    ));
                }
                system.certs
            }
        };
        let mut authorities = RootCertStore::empty();
        authorities.add_parsable_certificates(listed.iter().cloned());
        Ok(Self::Known {
            authorities,
            listed,
            by_name,
        })
    }
}

/// Looks at a server's certificate as `sslmode` says.
#[derive(Debug)]
struct Verifier {
    trust: Trust,
    provider: Arc<CryptoProvider>,
}

impl ServerCertVerifier for Verifier {
    fn verify_server_cert(
        &self,
        certificate: &CertificateDer<'_>,
        intermediates: &[CertificateDer<'_>],
        name: &ServerName<'_>,
        _ocsp_response: &[u8],
        now: UnixTime,
    ) -> Result<ServerCertVerified, Error> {
        if let Trust::Known {
            authorities,
            listed,
            by_name,
        } = &self.trust
        {
            let parsed = ParsedCertificate::try_from(certificate)?;
            let algorithms = self.provider.signature_verification_algorithms.all;
            let vouched = verify_server_cert_signed_by_trust_anchor(
                &parsed,
                authorities,
                intermediates,
                now,
                algorithms,
            );
            match vouched {
                // An authority's certificate in a server's place, which is what a self-signed one mostly is.
                Err(Error::InvalidCertificate(CertificateError::Other(_)))
                    if listed.iter().any(|listed| listed == certificate) => {}
                vouched => vouched?,
            }
            if *by_name {
                verify_server_name(&parsed, name)?;
            }
        }
        Ok(ServerCertVerified::assertion())
    }

    fn verify_tls12_signature(
        &self,
        message: &[u8],
        certificate: &CertificateDer<'_>,
        signature: &DigitallySignedStruct,
    ) -> Result<HandshakeSignatureValid, Error> {
        let algorithms = &self.provider.signature_verification_algorithms;
        verify_tls12_signature(message, certificate, signature, algorithms)
    }

    fn verify_tls13_signature(
        &self,
        message: &[u8],
        certificate: &CertificateDer<'_>,
        signature: &DigitallySignedStruct,
    ) -> Result<HandshakeSignatureValid, Error> {
        let algorithms = &self.provider.signature_verification_algorithms;
        verify_tls13_signature(message, certificate, signature, algorithms)
    }

    fn supported_verify_schemes(&self) -> Vec<SignatureScheme> {
        self.provider
            .signature_verification_algorithms
            .supported_schemes()
    }
}

/// Returns what ties a password to the connection with the server that has this certificate: `tls-server-end-point` of RFC 5929, the
/// certificate's hash by the algorithm of its signature. Nothing where that algorithm has no hash of its own.
pub(super) fn channel_binding(certificate: &[u8]) -> Option<Vec<u8>> {
    let (_, whole, _) = element(certificate)?;
    let (_, _, rest) = element(whole)?;
    let (_, algorithm, _) = element(rest)?;
    let (_, identifier, _) = element(algorithm)?;
    let algorithm = match identifier {
        // RSA, with MD5, SHA-1, SHA-256, SHA-384 and SHA-512: the first two are replaced.
        [0x2a, 0x86, 0x48, 0x86, 0xf7, 0x0d, 1, 1, 4 | 5 | 11] => &digest::SHA256,
        [0x2a, 0x86, 0x48, 0x86, 0xf7, 0x0d, 1, 1, 12] => &digest::SHA384,
        [0x2a, 0x86, 0x48, 0x86, 0xf7, 0x0d, 1, 1, 13] => &digest::SHA512,
        // ECDSA, with SHA-1, SHA-256, SHA-384 and SHA-512.
        [0x2a, 0x86, 0x48, 0xce, 0x3d, 4, 1] => &digest::SHA256,
        [0x2a, 0x86, 0x48, 0xce, 0x3d, 4, 3, 2] => &digest::SHA256,
        [0x2a, 0x86, 0x48, 0xce, 0x3d, 4, 3, 3] => &digest::SHA384,
        [0x2a, 0x86, 0x48, 0xce, 0x3d, 4, 3, 4] => &digest::SHA512,
        _ => return None,
    };
    Some(digest::digest(algorithm, certificate).as_ref().to_vec())
}

/// Splits the first element off some DER: its tag, what is in it, and what comes after.
fn element(der: &[u8]) -> Option<(u8, &[u8], &[u8])> {
    let (&[tag, first], rest) = der.split_first_chunk()?;
    let (length, rest) = match first {
        0..=0x7f => (usize::from(first), rest),
        0x81..=0x84 => {
            let (bytes, rest) = rest.split_at_checked(usize::from(first & 0x7f))?;
            let length = bytes
                .iter()
                .fold(0, |length, byte| length << 8 | usize::from(*byte));
            (length, rest)
        }
        _ => return None,
    };
    let (body, rest) = rest.split_at_checked(length)?;
    Some((tag, body, rest))
}
