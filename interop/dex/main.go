// Command dex is Dex on this machine alone, its keys and clients in memory and
// with two people to sign in: ada, who is in northlight:admins, and sam, who is
// in no group. Their password is the value of DEX_PASSWORD.
//
// After a SIGHUP its clock is 25 hours late, so that its tokens have expired.
package main

import (
	"context"
	"flag"
	"log"
	"net"
	"net/http"
	"os"
	"os/signal"
	"sync/atomic"
	"syscall"
	"time"

	"github.com/dexidp/dex/connector"
	"github.com/dexidp/dex/server"
	"github.com/dexidp/dex/storage"
	"github.com/dexidp/dex/storage/memory"
	"github.com/prometheus/client_golang/prometheus"
	"github.com/sirupsen/logrus"
)

func main() {
	listen := flag.String("listen", "127.0.0.1:5556", "address on this machine")
	web := flag.String("web", "", "the folder of Dex's pages")
	flag.Parse()
	if err := serve(*listen, *web, os.Getenv("DEX_PASSWORD")); err != nil {
		log.Fatal(err)
	}
}

func serve(listen, web, password string) error {
	logger := logrus.New()
	shelf := memory.New(logger)
	if err := shelf.CreateConnector(storage.Connector{ID: "northlight", Type: "northlight", Name: "Northlight"}); err != nil {
		return err
	}
	server.ConnectorsConfig["northlight"] = func() server.ConnectorConfig { return people{Password: password} }

	var late atomic.Int64
	setBack := make(chan os.Signal, 1)
	signal.Notify(setBack, syscall.SIGHUP)
	go func() {
		<-setBack
		late.Store(int64(25 * time.Hour))
	}()
	dex, err := server.NewServer(context.Background(), server.Config{
		Issuer: "http://" + listen + "/dex",
		Storage: storage.WithStaticClients(shelf, []storage.Client{
			{ID: "shop-portal", Name: "Shop portal", Secret: password, RedirectURIs: []string{"http://127.0.0.1/done"}},
			{ID: "till", Name: "Till", Secret: password, RedirectURIs: []string{"http://127.0.0.1/done"}},
		}),
		SkipApprovalScreen: true,
		Web:                server.WebConfig{Dir: web},
		Logger:             logger,
		PrometheusRegistry: prometheus.NewRegistry(),
		Now:                func() time.Time { return time.Now().Add(-time.Duration(late.Load())) },
	})
	if err != nil {
		return err
	}
	listener, err := net.Listen("tcp", listen)
	if err != nil {
		return err
	}
	return http.Serve(listener, dex)
}

// people is a directory of two.
type people struct{ Password string }

// Open makes the connector that asks for name and password.
func (p people) Open(string, logrus.FieldLogger) (connector.Connector, error) { return p, nil }

// Prompt is what the page calls a name.
func (people) Prompt() string { return "Name" }

// Login says who that is, and in which groups.
func (p people) Login(_ context.Context, _ connector.Scopes, name, password string) (connector.Identity, bool, error) {
	groups, known := map[string][]string{"ada": {"northlight:admins", "northlight"}, "sam": nil}[name]
	if !known || password != p.Password {
		return connector.Identity{}, false, nil
	}
	return connector.Identity{UserID: "northlight-" + name, Username: name, Email: name + "@northlight.example", EmailVerified: true, Groups: groups}, true, nil
}
