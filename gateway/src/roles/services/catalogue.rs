//! The catalogue: every provider that X-Road knows, what it offers to this gateway, and how it is asked for.

use std::sync::PoisonError;

use kodanik_services::address::{ClientId, RestPath, ServiceId};
use kodanik_services::catalogue::{Service, parse_clients, parse_methods, parse_openapi};

use super::{Services, Unreachable};

/// How long a catalogue is kept, in seconds.
const KEPT: u64 = 300;
/// Most providers that are asked.
const MAX_PROVIDERS: usize = 200;

impl Services {
    /// The services that this gateway may call. A provider whose metadata cannot be had or read is left out, and
    /// the operator is told.
    pub async fn catalogue(&self) -> Result<Vec<Service>, Unreachable> {
        if let Some(kept) = self.kept() {
            return Ok(kept);
        }
        let clients = self.server.get("/listClients", None, &[]).await?;
        let clients = parse_clients(&clients.body).map_err(|_| Unreachable::Malformed)?;
        let mut services = Vec::new();
        for provider in clients.iter().take(MAX_PROVIDERS) {
            match self.services_of(provider).await {
                Ok(found) => services.extend(found),
                Err(error) => tracing::warn!(%provider, %error, "a provider is left out of the catalogue"),
            }
        }
        let mut kept = self.catalogue.lock().unwrap_or_else(PoisonError::into_inner);
        *kept = Some((self.clock.now(), services.clone()));
        Ok(services)
    }

    fn kept(&self) -> Option<Vec<Service>> {
        let kept = self.catalogue.lock().unwrap_or_else(PoisonError::into_inner);
        let (since, services) = kept.as_ref()?;
        (self.clock.now().since(*since) < KEPT).then(|| services.clone())
    }

    async fn services_of(&self, provider: &ClientId) -> Result<Vec<Service>, Unreachable> {
        let methods = self.metaservice(provider, "allowedMethods", None).await?;
        let ids = parse_methods(&methods, provider).map_err(|_| Unreachable::Malformed)?;
        let mut services = Vec::new();
        for id in ids {
            services.push(self.describe(provider, id).await?);
        }
        Ok(services)
    }

    async fn describe(&self, provider: &ClientId, id: ServiceId) -> Result<Service, Unreachable> {
        let code = url::form_urlencoded::byte_serialize(id.service_code.as_bytes()).collect::<String>();
        let openapi = self.metaservice(provider, "getOpenAPI", Some(&format!("serviceCode={code}"))).await?;
        parse_openapi(&openapi, id).map_err(|_| Unreachable::Malformed)
    }

    async fn metaservice(
        &self,
        provider: &ClientId,
        name: &str,
        query: Option<&str>,
    ) -> Result<Vec<u8>, Unreachable> {
        let service = ServiceId::of(provider, name).ok_or(Unreachable::Path)?;
        let path = RestPath::new(&service, "").map_err(|_| Unreachable::Path)?;
        Ok(self.server.get(path.as_str(), query, &[]).await?.body)
    }
}
