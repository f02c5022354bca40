package dev.argon.compute.spec;

/// Names of the control plane for logs and settings; empty where it gave none.
public record EndpointLabels(String project, String branch, String endpoint) {}
