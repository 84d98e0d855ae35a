package e2e_test

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"net/http"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"

	"go.yaml.in/yaml/v3"
)

// node is a piece of YAML that can be asked by keys and numbers.
type node struct{ value any }

func (n node) at(path ...any) node {
	for _, step := range path {
		switch step := step.(type) {
		case string:
			mapping, _ := n.value.(map[string]any)
			n = node{mapping[step]}
		case int:
			list, _ := n.value.([]any)
			if step >= len(list) {
				return node{}
			}
			n = node{list[step]}
		}
	}
	return n
}

func (n node) list() (items []node) {
	list, _ := n.value.([]any)
	for _, item := range list {
		items = append(items, node{item})
	}
	return items
}

func (n node) text() string {
	if n.value == nil {
		return ""
	}
	return fmt.Sprint(n.value)
}

func deployed(t *testing.T, file string) string {
	t.Helper()
	text, err := os.ReadFile(filepath.Join("..", "deploy", file))
	if err != nil {
		t.Fatal(err)
	}
	return string(text)
}

// documents are those of a file of YAML.
func documents(t *testing.T, text string) (all []node) {
	t.Helper()
	decoder := yaml.NewDecoder(strings.NewReader(text))
	for {
		var value any
		err := decoder.Decode(&value)
		if errors.Is(err, io.EOF) {
			return all
		}
		if err != nil {
			t.Fatal(err)
		}
		all = append(all, node{value})
	}
}

// objects are those of Kubernetes, by kind and name.
func objects(t *testing.T) map[string]node {
	t.Helper()
	found := map[string]node{}
	for _, object := range documents(t, deployed(t, "kubernetes/provost.yaml")) {
		found[object.at("kind").text()+"/"+object.at("metadata", "name").text()] = object
	}
	return found
}

var (
	settingVariable = regexp.MustCompile(`PROVOST_[A-Z_]+[A-Z]`)
	settingFlag     = regexp.MustCompile(`--([a-z-]+)`)
)

func TestSettingsOfTheDeploymentsAreThere(t *testing.T) {
	help := run(t, command(t, "serve", "--help")).stdout
	seen := 0
	check := func(file, flag string) {
		seen++
		if !regexp.MustCompile(`--` + flag + `\b`).MatchString(help) {
			t.Errorf("%s sets --%s, which provost serve does not take", file, flag)
		}
	}
	for _, file := range []string{"Dockerfile", "compose.yaml", "kubernetes/provost.yaml", "provost.service"} {
		for line := range strings.Lines(deployed(t, file)) {
			if strings.HasPrefix(strings.TrimSpace(line), "#") {
				continue
			}
			for _, variable := range settingVariable.FindAllString(line, -1) {
				check(file, strings.ToLower(strings.ReplaceAll(strings.TrimPrefix(variable, "PROVOST_"), "_", "-")))
			}
			if started, ok := strings.CutPrefix(line, "ExecStart="); ok {
				for _, flag := range settingFlag.FindAllStringSubmatch(started, -1) {
					check(file, flag[1])
				}
			}
		}
	}
	if seen < 10 {
		t.Errorf("only %d settings were found", seen)
	}
	configuration := filepath.Join(t.TempDir(), "provost.yaml")
	written := objects(t)["ConfigMap/provost"].at("data", "provost.yaml").text()
	if err := os.WriteFile(configuration, []byte(written), 0o600); err != nil {
		t.Fatal(err)
	}
	if got := run(t, command(t, "serve", "--config", configuration)); !strings.Contains(got.stderr, "no store is named") || strings.Count(got.stderr, "\n  - ") != 1 {
		t.Errorf("of the ConfigMap, serve says %s", got.stderr)
	}
}

func TestProbesOfTheDeploymentsAskWhatIsThere(t *testing.T) {
	door := freeAddress(t)
	start(t, "serve", "--database", "shop.db", "--issuer", "http://"+freeAddress(t)+"/"+provider+"/", "--listen", "127.0.0.1:0", "--operator-listen", door)
	asked := map[string]string{}
	container := objects(t)["Deployment/provost"].at("spec", "template", "spec", "containers", 0)
	ports := map[string]string{}
	for _, port := range container.at("ports").list() {
		ports[port.at("name").text()] = port.at("containerPort").text()
	}
	for _, probe := range []string{"startupProbe", "readinessProbe", "livenessProbe"} {
		get := container.at(probe, "httpGet")
		asked[probe] = get.at("path").text()
		if ports[get.at("port").text()] != "4178" {
			t.Errorf("%s asks port %s of %v", probe, get.at("port").text(), ports)
		}
	}
	asked["haproxy.cfg"] = regexp.MustCompile(`http-check send meth GET uri (\S+)`).FindStringSubmatch(deployed(t, "haproxy.cfg"))[1]
	if asked["livenessProbe"] == asked["readinessProbe"] {
		t.Error("a server whose database is away would be started again and again")
	}
	for who, path := range asked {
		got := get(t, "http://"+door+path, "")
		if got.status != http.StatusOK && got.status != http.StatusServiceUnavailable {
			t.Errorf("%s asks %s, and gets %d", who, path, got.status)
		}
	}
	image := deployed(t, "Dockerfile")
	if !strings.Contains(image, `CMD ["/provost", "health"]`) {
		t.Error("the image does not ask the server how it is")
	}
	for variable, port := range map[string]string{"PROVOST_LISTEN": "4177", "PROVOST_OPERATOR_LISTEN": "4178"} {
		if !strings.Contains(image, variable+"=0.0.0.0:"+port) || !regexp.MustCompile(`(?m)^EXPOSE .*\b`+port+`\b`).MatchString(image) {
			t.Errorf("the image does not listen at %s by %s", port, variable)
		}
	}
}

func TestNoDeploymentRunsAsRootOrWritesItsOwnFiles(t *testing.T) {
	_, last, _ := strings.Cut(deployed(t, "Dockerfile"), "\nFROM scratch\n")
	user := regexp.MustCompile(`(?m)^USER (\d+):(\d+)$`).FindStringSubmatch(last)
	if user == nil || user[1] == "0" || user[2] == "0" {
		t.Fatalf("the image's user is %q, not a number that Kubernetes can tell from root's", user)
	}
	pod := objects(t)["Deployment/provost"].at("spec", "template", "spec")
	container := pod.at("containers", 0, "securityContext")
	if pod.at("securityContext", "runAsNonRoot").value != true || pod.at("securityContext", "runAsUser").text() != user[1] ||
		container.at("readOnlyRootFilesystem").value != true || container.at("allowPrivilegeEscalation").value != false ||
		container.at("capabilities", "drop", 0).text() != "ALL" || pod.at("automountServiceAccountToken").value != false {
		t.Errorf("the pod is not held to little: %v, %v", pod.at("securityContext").value, container.value)
	}
	composed := documents(t, deployed(t, "compose.yaml"))[0].at("services")
	for _, service := range []string{"provost-1", "provost-2", "proxy"} {
		s := composed.at(service)
		if s.at("read_only").value != true || s.at("cap_drop", 0).text() != "ALL" {
			t.Errorf("%s is not held to little", service)
		}
	}
	unit := deployed(t, "provost.service")
	for _, line := range []string{"User=provost", "NoNewPrivileges=yes", "ProtectSystem=strict", "CapabilityBoundingSet=CAP_NET_BIND_SERVICE"} {
		if !strings.Contains(unit, "\n"+line+"\n") {
			t.Errorf("the unit lacks %s", line)
		}
	}
}

func TestSecretsOfTheDeploymentsAreMadeByTheirPageAndInNoFile(t *testing.T) {
	text, err := os.ReadFile("../docs/operations.md")
	if err != nil {
		t.Fatal(err)
	}
	page := string(text)
	pod := objects(t)["Deployment/provost"].at("spec", "template", "spec")
	var secrets []string
	for _, variable := range pod.at("containers", 0, "env").list() {
		if name := variable.at("valueFrom", "secretKeyRef", "name").text(); name != "" {
			secrets = append(secrets, name)
		}
	}
	for _, volume := range pod.at("volumes").list() {
		if name := volume.at("secret", "secretName").text(); name != "" {
			secrets = append(secrets, name)
		}
	}
	if len(secrets) != 2 {
		t.Errorf("the pod has the secrets %v", secrets)
	}
	for _, name := range secrets {
		if !strings.Contains(page, "kubectl create secret generic "+name+" ") {
			t.Errorf("docs/operations.md does not make the secret %s", name)
		}
	}
	composed := documents(t, deployed(t, "compose.yaml"))[0]
	ignored, _ := os.ReadFile("../.gitignore")
	for _, kind := range []string{"secrets", "configs"} {
		mapping, _ := composed.at(kind).value.(map[string]any)
		for name, is := range mapping {
			file := node{is}.at("file").text()
			if file == "./haproxy.cfg" {
				continue
			}
			if !strings.HasPrefix(file, "./secrets/") || !strings.Contains(page, "deploy/"+strings.TrimPrefix(file, "./")) {
				t.Errorf("%s is in %s, which docs/operations.md does not make", name, file)
			}
		}
	}
	if !bytes.Contains(ignored, []byte("/deploy/secrets/\n")) {
		t.Error("git would take deploy/secrets")
	}
}

func TestPiecesOfTheKubernetesFileFitTogether(t *testing.T) {
	all := objects(t)
	labels := all["Deployment/provost"].at("spec", "template", "metadata", "labels").value
	for of, selector := range map[string]node{
		"Deployment":          all["Deployment/provost"].at("spec", "selector", "matchLabels"),
		"Service":             all["Service/provost"].at("spec", "selector"),
		"operator's Service":  all["Service/provost-operator"].at("spec", "selector"),
		"PodDisruptionBudget": all["PodDisruptionBudget/provost"].at("spec", "selector", "matchLabels"),
		"NetworkPolicy":       all["NetworkPolicy/provost"].at("spec", "podSelector", "matchLabels"),
	} {
		if fmt.Sprint(selector.value) != fmt.Sprint(labels) {
			t.Errorf("the %s selects %v of pods that are %v", of, selector.value, labels)
		}
	}
	pod := all["Deployment/provost"].at("spec", "template", "spec")
	var volumes []string
	for _, volume := range pod.at("volumes").list() {
		volumes = append(volumes, volume.at("name").text())
	}
	for _, mount := range pod.at("containers", 0, "volumeMounts").list() {
		if !slices.Contains(volumes, mount.at("name").text()) {
			t.Errorf("%s is mounted, and there are %v", mount.at("name").text(), volumes)
		}
	}
	if replicas := all["Deployment/provost"].at("spec", "replicas").text(); replicas < "2" {
		t.Errorf("there are %s servers, and one has to stay", replicas)
	}
}

var (
	selector = regexp.MustCompile(`([a-z_]+)\{([^}]*)\}`)
	matched  = regexp.MustCompile(`([a-z]+)[=!]~?"`)
)

func TestAlertsAskForMetricsThatAreThere(t *testing.T) {
	ofOneServer(t, "the metrics of the server that was asked")
	server := start(t, "dev", "--memory", "--listen", "127.0.0.1:0")
	get(t, server.URL+"/v1/customers", token(t, server.URL))
	exposed := get(t, server.URL+"/metrics", "").body
	groups := documents(t, deployed(t, "prometheus/provost.yaml"))[0].at("groups")
	rules := groups.at(0, "rules").list()
	if len(rules) < 10 {
		t.Fatalf("only %d alerts were found", len(rules))
	}
	for _, rule := range rules {
		name, expr := rule.at("alert").text(), rule.at("expr").text()
		if rule.at("annotations", "summary").text() == "" || rule.at("labels", "severity").text() == "" || !strings.HasPrefix(name, "Provost") {
			t.Errorf("%s says too little", name)
		}
		asked := selector.FindAllStringSubmatch(expr, -1)
		if len(asked) == 0 {
			t.Errorf("%s asks for nothing: %s", name, expr)
		}
		for _, s := range asked {
			if s[1] == "up" {
				continue // Prometheus's own
			}
			series := regexp.MustCompile(`(?m)^` + s[1] + `(\{.*\})? `).FindString(exposed)
			if series == "" {
				t.Errorf("%s asks for %s, which is not there", name, s[1])
			}
			for _, label := range matched.FindAllStringSubmatch(s[2], -1) {
				if label[1] != "job" && !strings.Contains(series, label[1]+`="`) {
					t.Errorf("%s asks for %s by %s, of which there is %s", name, s[1], label[1], series)
				}
			}
		}
	}
}
