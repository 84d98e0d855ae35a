// Telemetry shows each attempt of a call as a span, and prints the spans.
package main

import (
	"context"
	"fmt"
	"log"
	"net/http"
	"os"

	"go.opentelemetry.io/contrib/instrumentation/net/http/otelhttp"
	"go.opentelemetry.io/otel/exporters/stdout/stdouttrace"
	"go.opentelemetry.io/otel/sdk/trace"

	"provost/partnercenter"
)

func main() {
	exporter, err := stdouttrace.New(stdouttrace.WithPrettyPrint())
	if err != nil {
		log.Fatal(err)
	}
	spans := trace.NewTracerProvider(trace.WithBatcher(exporter))
	defer func() { _ = spans.Shutdown(context.Background()) }()
	traced := func(next http.RoundTripper) http.RoundTripper {
		return otelhttp.NewTransport(next, otelhttp.WithTracerProvider(spans))
	}
	partner, err := partnercenter.New(partnercenter.Options{
		Cloud:      partnercenter.Cloud{API: "http://127.0.0.1:4177"},
		Credential: partnercenter.StaticToken(os.Getenv("TOKEN")),
		Middleware: []func(http.RoundTripper) http.RoundTripper{traced},
	})
	if err != nil {
		log.Fatal(err)
	}
	status, err := partner.Customers.ByID("0c39d6d5-c70d-4c55-bc02-f620844f3fd1").
		Subscriptions.ByID("aaaa0a0a-bb1b-cc2c-dd3d-eeeeee4e4e4e").ProvisioningStatus.Get(context.Background())
	fmt.Println(status, err)
}
