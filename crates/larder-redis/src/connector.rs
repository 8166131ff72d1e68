//! The encryption of connections as the client wants it.

use larder_core::{Error, Result};

use crate::Tls;

#[cfg(not(feature = "tls"))]
pub(crate) fn check(tls: Option<&Tls>) -> Result<()> {
    let unsupported = "this build has no TLS; enable the feature `tls` of larder-redis";
    if tls.is_some() { Err(Error::unsupported("build", unsupported).at("redis")) } else { Ok(()) }
}

#[cfg(feature = "tls")]
pub(crate) use with_tls::connector;

#[cfg(feature = "tls")]
mod with_tls {
    use std::path::Path;
    use std::sync::Arc;

    use fred::types::config::TlsConfig;
    use fred::types::config::TlsConnector;
    use rustls::pki_types::pem::PemObject;
    use rustls::pki_types::{CertificateDer, PrivateKeyDer};
    use rustls::{ClientConfig, RootCertStore};

    use super::{Error, Result, Tls};
    use crate::tls::Identity;

    /// Reads the files and makes what verifies a server by them.
    pub(crate) fn connector(tls: &Tls) -> Result<TlsConfig> {
        let provider = Arc::new(rustls::crypto::ring::default_provider());
        let wrong = |error: rustls::Error| invalid("the certificates cannot be used; mend them", &error);
        let config = ClientConfig::builder_with_provider(provider)
            .with_safe_default_protocol_versions()
            .map_err(wrong)?
            .with_root_certificates(authorities(tls)?);
        let config = match &tls.identity {
            None => config.with_no_client_auth(),
            Some(Identity { certificates: chain, key: file }) => {
                let key = PrivateKeyDer::from_pem_file(file).map_err(|_| unread("the private key", file))?;
                config.with_client_auth_cert(certificates(chain)?, key).map_err(wrong)?
            }
        };
        Ok(TlsConnector::from(config).into())
    }

    fn authorities(tls: &Tls) -> Result<RootCertStore> {
        let mut roots = RootCertStore::empty();
        let found = match &tls.authorities {
            Some(file) => certificates(file)?,
            None => rustls_native_certs::load_native_certs().certs,
        };
        // A system may hold an authority that this build cannot read; the others serve.
        let (added, _) = roots.add_parsable_certificates(found);
        if added == 0 {
            let why = "no authority to verify the server by was found; name a PEM file with `authorities`";
            return Err(Error::invalid("build", why).at("redis"));
        }
        Ok(roots)
    }

    fn certificates(file: &Path) -> Result<Vec<CertificateDer<'static>>> {
        let read = CertificateDer::pem_file_iter(file).and_then(Iterator::collect::<std::result::Result<Vec<_>, _>>);
        read.map_err(|_| unread("the certificates", file))
    }

    fn unread(what: &'static str, file: &Path) -> Error {
        let why = format!("{what} cannot be read; name a PEM file that this process may read");
        Error::invalid("build", why).at("redis").with("file", file.display())
    }

    fn invalid(why: &'static str, error: &rustls::Error) -> Error {
        Error::invalid("build", why).at("redis").with("reason", error)
    }
}
