package dev.argon.controlplane.api;

import io.avaje.jsonb.Json;
import java.util.List;

/// Answer about one endpoint.
@Json(naming = Json.Naming.LowerUnderscore)
public record EndpointAnswer(EndpointDocument endpoint, List<OperationDocument> operations) {}
