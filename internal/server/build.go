package server

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"net"
	"net/http"
	"os"
	"path/filepath"
	"slices"
	"syscall"
	"time"

	"github.com/google/uuid"

	"provost/internal/auth"
	"provost/internal/commerce"
	"provost/internal/operator"
	"provost/internal/pipe"
	"provost/internal/restapi"
	"provost/internal/sqlstore"
	"provost/internal/wall"
	"provost/partnercenter"
	"provost/partnercenter/extension"
)

// refuser writes the answer to a request that no handler sees.
type refuser func(*partnercenter.Error) []byte

// rooms are what the listeners lead to.
type rooms struct {
	api, operator http.Handler
	refuse        refuser
	repeat        repeater
}

func (s *Server) openStore(ctx context.Context) error {
	store, err := s.openDatabase(ctx)
	if err != nil {
		return err
	}
	s.store, s.jobs = store, store
	s.release = append(s.release, store.Close)
	if !s.settings.Development {
		return nil
	}
	worlds, err := s.worlds(ctx)
	if err != nil {
		return err
	}
	demo := commerce.DefaultDemo(wall.Now())
	if s.settings.Database != "" && !slices.ContainsFunc(worlds, func(w commerce.World) bool { return w.ID == demo.World }) {
		if err := s.keepOff(ctx, worlds); err != nil {
			return err
		}
	}
	if len(worlds) > 0 {
		return nil
	}
	if demo.SecretHash, err = commerce.HashSecret(extension.DemoSecret); err != nil {
		return err
	}
	err = commerce.InsertDemo(ctx, store, demo)
	if errors.Is(err, commerce.ErrTaken) {
		return nil // another server that starts was faster
	}
	s.newDemo = err == nil
	return err
}

// keepOff refuses a database that is somebody's already: PROVOST_DATABASE, set for
// provost serve, must not bring a demo shop and its known password there.
func (s *Server) keepOff(ctx context.Context, worlds []commerce.World) error {
	keys, err := (&commerce.Service{Store: s.store}).OperatorKeys(ctx)
	if err != nil || len(worlds)+len(keys) == 0 {
		return err
	}
	return &SettingsError{[]string{"the database of --database or PROVOST_DATABASE holds worlds or operator keys, and no demo shop: " +
		"leave it to provost serve, and name an empty one, or none to keep the shop in --data"}}
}

func (s *Server) openDatabase(ctx context.Context) (*sqlstore.Store, error) {
	if s.settings.Development && s.settings.Database == "" {
		path := filepath.Join(s.settings.Data, databaseFile)
		return sqlstore.OpenSQLite(ctx, sqlstore.SQLite{Path: path, Ephemeral: s.settings.Ephemeral})
	}
	before, looking := sqlstore.SchemaOf(ctx, s.settings.Database)
	store, err := sqlstore.Open(ctx, s.settings.Database)
	switch {
	case err != nil || looking != nil || before.Has == 0: // there was nothing to look at
	case before.Has < before.Knows:
		s.settings.Log.Info("the schema was brought up to date", "from", before.Has, "to", before.Knows)
	case before.Has > before.Knows:
		s.settings.Log.Warn("a later provost has changed the schema: this one serves until it is replaced", "has", before.Has, "knows", before.Knows)
	}
	return store, err
}

func (s *Server) worlds(ctx context.Context) (worlds []commerce.World, err error) {
	err = s.store.Read(ctx, func(tx commerce.Tx) (err error) {
		worlds, err = tx.Worlds().List(ctx)
		return err
	})
	if err != nil {
		return nil, fmt.Errorf("list worlds: %w", err)
	}
	return worlds, nil
}

// unseenTime is how long the writes of other servers may go unseen.
const unseenTime = time.Second

// keepFor bounds the age of answers that are given again where others write, too.
func (s *Server) keepFor() time.Duration {
	if sqlstore.IsPostgres(s.settings.Database) {
		return unseenTime
	}
	return 0
}

// holder is who runs what is due. A SQLite database is one server's alone, so that
// one which starts again takes over at once what a killed one held.
func (s *Server) holder() string {
	if !sqlstore.IsPostgres(s.settings.Database) {
		return "the only server"
	}
	host, _ := os.Hostname() // its number tells it apart
	return host + " " + uuid.NewString()
}

// build makes the doors and what stands behind them.
func (s *Server) build(ctx context.Context, api net.Addr) (rooms, error) {
	behind := doors{}
	issuers, err := s.issuers(ctx, behind, api)
	if err != nil {
		return rooms{}, err
	}
	verifier := auth.New(auth.Settings{Issuers: issuers, Audiences: s.settings.Audiences, Log: s.settings.Log})
	s.verifier = verifier
	s.release = append(s.release, func() error { verifier.Close(); return nil })

	seal, err := s.openSeal()
	if err != nil {
		return rooms{}, err
	}
	shop := &commerce.Service{
		Store: s.store, Seal: seal, LegacyETagsOnly: s.settings.Profile == string(pipe.Documents), MFA: s.watchMFA(),
		Holder: s.holder(),
	}
	outside := s.provisioners(api)
	outside.Shop, shop.Provisioner, shop.Provisioners = shop, outside, outside.Names()
	jobs, err := s.openJobs(ctx, outside)
	if err != nil {
		return rooms{}, err
	}
	s.keeper = startTimekeeper(shop, s.settings.Log)
	s.release = append(s.release, s.keeper.Close)
	if jobs {
		if err := s.runJobs(ctx, outside); err != nil {
			return rooms{}, err
		}
	}
	metrics := operator.NewMetrics(s.settings.Version)
	p := s.pipe(shop, metrics, api)
	if err := s.shareCounts(ctx, p); err != nil {
		return rooms{}, err
	}
	behind[noDoor] = p.NotFound()
	behind[restDoor] = restapi.New(p, shop)
	behind[bearerDoor] = operator.NewBearer(p, shop, outside.Heard)
	behind[contractDoor] = straight(p.ReadOnly(restapi.Contract()))
	health := straight(p.ReadOnly(operator.New(operator.Settings{Ready: s.ready, Metrics: metrics.Handler()})))
	management := operator.NewManagement(p, shop, operator.Surroundings{
		OnCustomers: restapi.OnCustomers(), URL: s.publicURL(api), Issuers: s.issuersFor(api),
	})
	if s.settings.Development {
		behind[operatorDoor], behind[managementDoor] = health, management
		if err := s.openDevKey(ctx, shop, s.baseURL(api)); err != nil {
			return rooms{}, err
		}
	}
	return rooms{
		api:      p.Front(behind),
		operator: p.Front(doors{noDoor: p.NotFound(), operatorDoor: health, managementDoor: management}),
		refuse:   p.Bare,
		repeat:   p.Again(),
	}, nil
}

// lookTime is how long a scraper, which has ten seconds, waits to hear whether the
// store answers.
const lookTime = 5 * time.Second

// pipe makes what every request passes, and has the metrics ask it.
func (s *Server) pipe(shop *commerce.Service, metrics *operator.Metrics, api net.Addr) *pipe.Pipe {
	set := s.settings
	settings := pipe.Settings{
		Service: shop, Verify: s.verifier.Verify, Known: s.verifier.Known, Keep: set.ReadCache, KeepFor: s.keepFor(),
		Profile: pipe.Profile(set.Profile), Version: set.Version, Development: set.Development, Log: set.Log, Observe: metrics.Observe, Commands: s.commands,
		BodyTime: set.Limits.BodyTime, RequestTime: set.Limits.RequestTime, Requests: set.Limits.Requests,
	}
	if set.Development {
		settings.AllowHost = hostGuard(api, set.names())
	}
	p := pipe.New(settings)
	metrics.FailingDue(func() float64 { return float64(s.keeper.failing.Load()) })
	metrics.Under(func() operator.Load { return s.load(p) })
	metrics.Ready(func() bool {
		ctx, cancel := context.WithTimeout(context.Background(), lookTime)
		defer cancel()
		return s.ready(ctx).Status == extension.Ready
	})
	return p
}

// load is how much of its limits the server has in use.
func (s *Server) load(p *pipe.Pipe) operator.Load {
	l := operator.Load{MostConnections: int64(s.settings.Limits.Connections)}
	l.Requests, l.MostRequests, l.RefusedRequests = p.UnderWay()
	for _, f := range s.fronts {
		l.Connections += int64(f.guests.count())
		l.RefusedConnections += f.guests.refused.Load()
	}
	return l
}

// windowsAddressInUse is WSAEADDRINUSE, which package syscall names on Windows
// alone.
const windowsAddressInUse = syscall.Errno(10048)

// explainListen says what to do about an address that cannot be listened on.
func explainListen(err error, address, flag string) error {
	var number syscall.Errno
	if errors.As(err, &number) && (number == syscall.EADDRINUSE || number == windowsAddressInUse) {
		return fmt.Errorf("listen on %s: another program listens there: stop it, or choose another address with %s (port 0 picks a free one): %w",
			address, flag, err)
	}
	if errors.Is(err, fs.ErrPermission) {
		return fmt.Errorf("listen on %s: this user may not: choose a port above 1023 with %s, or allow it "+
			"(on Linux CAP_NET_BIND_SERVICE; setcap cap_net_bind_service=+ep on the program): %w", address, flag, err)
	}
	return fmt.Errorf("listen on %s: choose another address with %s: %w", address, flag, err)
}
