package house_test

import (
	"maps"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/compose-spec/compose-go/v2/loader"
	"github.com/compose-spec/compose-go/v2/types"
	"github.com/google/go-cmp/cmp"
)

// compose loads the file as Docker does, with some of its profiles.
func compose(t *testing.T, profiles ...string) *types.Project {
	t.Helper()
	dir, err := filepath.Abs(top)
	if err != nil {
		t.Fatal(err)
	}
	p, err := loader.LoadWithContext(t.Context(), types.ConfigDetails{
		WorkingDir:  dir,
		ConfigFiles: []types.ConfigFile{{Filename: filepath.Join(dir, "docker-compose.yml")}},
		Environment: types.Mapping{},
	}, loader.WithProfiles(profiles))
	if err != nil {
		t.Fatal(err)
	}
	return p
}

func TestComposeServices(t *testing.T) {
	want := []string{"grafana", "prometheus", "redis", "ringback"}
	if diff := cmp.Diff(want, slices.Sorted(maps.Keys(compose(t).Services))); diff != "" {
		t.Fatalf("services (-want +got):\n%s", diff)
	}
	p := compose(t, "postgres")
	want = []string{"grafana", "postgres", "prometheus", "redis", "ringback"}
	if diff := cmp.Diff(want, slices.Sorted(maps.Keys(p.Services))); diff != "" {
		t.Fatalf("services with PostgreSQL (-want +got):\n%s", diff)
	}
	published := map[string][]string{}
	for name, s := range p.Services {
		isConfined(t, name, s)
		isRunWell(t, name, s)
		for _, port := range s.Ports {
			published[name] = append(published[name], port.HostIP+":"+port.Published)
		}
	}
	wantPorts := map[string][]string{"ringback": {"127.0.0.1:8080"}, "grafana": {"127.0.0.1:3000"}}
	if diff := cmp.Diff(wantPorts, published); diff != "" {
		t.Errorf("published ports (-want +got):\n%s", diff)
	}
}

// isConfined wants a service to be able to do what it is for and no more.
func isConfined(t *testing.T, name string, s types.ServiceConfig) {
	t.Helper()
	if !slices.Contains(s.CapDrop, "ALL") || len(s.CapAdd) > 0 || !slices.Contains(s.SecurityOpt, "no-new-privileges:true") || s.Privileged {
		t.Errorf("%s keeps privileges that it does not need", name)
	}
	if user, _, _ := strings.Cut(s.User, ":"); user == "" || strings.Trim(user, "0") == "" || strings.Trim(user, "0123456789") != "" {
		t.Errorf("%s runs as %q, want the number of an unprivileged user", name, s.User)
	}
	if !s.ReadOnly {
		t.Errorf("%s may write to its system", name)
	}
	for key, value := range s.Environment {
		if value != nil && strings.Contains(strings.ToLower(key), "password") && !strings.HasPrefix(*value, "/run/secrets/") {
			t.Errorf("%s: environment %s: secrets are files", name, key)
		}
	}
}

// isRunWell wants a service to be watched, started again, and stopped in peace.
func isRunWell(t *testing.T, name string, s types.ServiceConfig) {
	t.Helper()
	if s.HealthCheck == nil || len(s.HealthCheck.Test) == 0 || s.HealthCheck.Timeout == nil || s.HealthCheck.Interval == nil {
		t.Errorf("%s has no health check", name)
	}
	if s.Restart != types.RestartPolicyUnlessStopped {
		t.Errorf("%s: restart %q, want unless-stopped", name, s.Restart)
	}
	if s.StopGracePeriod == nil {
		t.Errorf("%s has no time to stop", name)
	}
	if s.Build == nil && !regexp.MustCompile(`:v?\d+\.\d+`).MatchString(s.Image) {
		t.Errorf("%s: image %q names no version", name, s.Image)
	}
}

func TestComposeRingback(t *testing.T) {
	s := compose(t).Services["ringback"]
	if diff := cmp.Diff(types.ShellCommand{"serve", "--config", "/etc/ringback/ringback.yaml"}, s.Command); diff != "" {
		t.Errorf("command (-want +got):\n%s", diff)
	}
	if s.StopGracePeriod == nil || time.Duration(*s.StopGracePeriod) < 20*time.Second {
		t.Errorf("grace %v: turns that run need 20 s", s.StopGracePeriod)
	}
	if d := s.DependsOn["redis"]; d.Condition != types.ServiceConditionHealthy {
		t.Errorf("it starts when redis is %q, want healthy", d.Condition)
	}
	if len(s.Configs) != 1 || s.Configs[0].Target != s.Command[2] {
		t.Errorf("configs %+v, want the one that the command reads", s.Configs)
	}
	for key, value := range s.Environment {
		if key != "REDIS_URL" || value == nil || strings.Contains(*value, "@") {
			t.Errorf("environment %s: secrets are files", key)
		}
	}
}

// TestComposeGivesWhatTheExampleReads holds that whoever copies the example
// config finds each file that it names in the container.
func TestComposeGivesWhatTheExampleReads(t *testing.T) {
	var named []string
	for _, m := range regexp.MustCompile(`(?m)^\s*\w+_file: (secrets/\S+)|^\s*path: (\S+\.yaml)$`).FindAllStringSubmatch(read(t, "ringback.example.yaml"), -1) {
		named = append(named, "/etc/ringback/"+m[1]+m[2])
	}
	var given []string
	for _, s := range compose(t).Services["ringback"].Secrets {
		given = append(given, s.Target)
	}
	named = append(named, "/etc/ringback/secrets/ledger_url") // instead of the example's url, as the file says
	slices.Sort(named)
	slices.Sort(given)
	if diff := cmp.Diff(named, given); diff != "" {
		t.Errorf("files (-the example reads +compose gives):\n%s", diff)
	}
}

func TestComposeRedis(t *testing.T) {
	p := compose(t)
	s := p.Services["redis"]
	flags := map[string]string{}
	for i := 1; i+1 < len(s.Command); i += 2 {
		flags[s.Command[i]] = s.Command[i+1]
	}
	want := map[string]string{
		"--appendonly": "yes", "--appendfsync": "everysec", "--save": "",
		"--maxmemory": "512mb", "--maxmemory-policy": "noeviction",
	}
	if diff := cmp.Diff(want, flags); diff != "" || s.Command[0] != "redis-server" {
		t.Errorf("%s (-want +got):\n%s", s.Command[0], diff)
	}
	if len(s.Volumes) != 1 || s.Volumes[0].Target != "/data" || s.Volumes[0].Type != types.VolumeTypeVolume {
		t.Errorf("volumes %+v, want one that lasts at /data", s.Volumes)
	}
	isInside(t, p, "redis")
}

// isInside wants a store to have no way in or out but through ringback.
func isInside(t *testing.T, p *types.Project, name string) {
	t.Helper()
	s := p.Services[name]
	if len(s.Networks) == 0 {
		t.Errorf("%s is on the default network", name)
	}
	for network := range s.Networks {
		if !p.Networks[network].Internal {
			t.Errorf("%s is on %s, from where there is a way out", name, network)
		}
		if _, ok := p.Services["ringback"].Networks[network]; !ok {
			t.Errorf("ringback does not reach %s on %s", name, network)
		}
	}
}

// TestComposePostgres holds what is different with the profile: ringback waits
// for the database, and does without where there is none.
func TestComposePostgres(t *testing.T) {
	p := compose(t, "postgres")
	s := p.Services["postgres"]
	if d := p.Services["ringback"].DependsOn["postgres"]; d.Condition != types.ServiceConditionHealthy || d.Required {
		t.Errorf("ringback starts when postgres is %q, required %v: want healthy where it is", d.Condition, d.Required)
	}
	if len(s.Volumes) != 1 || s.Volumes[0].Target != "/var/lib/postgresql/data" || s.Volumes[0].Type != types.VolumeTypeVolume {
		t.Errorf("volumes %+v, want one that lasts where it keeps its data", s.Volumes)
	}
	if v := s.Environment["POSTGRES_PASSWORD_FILE"]; v == nil || len(s.Secrets) != 1 || *v != "/run/secrets/"+s.Secrets[0].Source {
		t.Errorf("its password is not the secret %+v", s.Secrets)
	}
	url := "postgres://" + *s.Environment["POSTGRES_USER"] + ":PASSWORD@postgres/" + *s.Environment["POSTGRES_DB"] + "?"
	if !strings.Contains(read(t, "docker-compose.yml"), url) {
		t.Errorf("the comment does not give the URL %s", url)
	}
	isInside(t, p, "postgres")
}

func TestComposeFilesExist(t *testing.T) {
	p := compose(t, "postgres")
	dir, err := filepath.Abs(top)
	if err != nil {
		t.Fatal(err)
	}
	exists := func(what, name string) {
		if _, err := os.Stat(name); err != nil {
			t.Errorf("%s: %v", what, err)
		}
	}
	binds := map[string]bool{}
	for name, s := range p.Services {
		for _, v := range s.Volumes {
			if v.Type != types.VolumeTypeBind {
				continue
			}
			binds[v.Target] = true
			exists(name, v.Source)
			if !v.ReadOnly {
				t.Errorf("%s may write to %s", name, v.Source)
			}
		}
		if s.Build != nil {
			exists(name, filepath.Join(s.Build.Context, s.Build.Dockerfile))
		}
	}
	for _, target := range []string{"/etc/prometheus", "/etc/grafana/provisioning", "/etc/grafana/dashboards"} {
		if !binds[target] {
			t.Errorf("nothing is mounted at %s", target)
		}
	}
	// What belongs to a site is never in the repository.
	site := []string{filepath.Join(dir, "ringback.yaml"), filepath.Join(dir, "people.yaml")}
	ownFile := func(what, name string) {
		if !slices.Contains(site, name) && filepath.Dir(name) != filepath.Join(dir, "secrets") {
			t.Errorf("%s: %s is neither the site's config nor under secrets/, and would be committed", what, name)
		}
	}
	for name, c := range p.Configs {
		ownFile(name, c.File)
	}
	for name, s := range p.Secrets {
		ownFile(name, s.File)
	}
	for _, line := range []string{"/ringback.yaml", "/people.yaml", "/secrets/"} {
		if !strings.Contains("\n"+read(t, ".gitignore"), "\n"+line+"\n") {
			t.Errorf(".gitignore lacks %s", line)
		}
	}
}

// TestImage holds what the build reads: .dockerignore lets nothing in but what
// it names.
func TestImage(t *testing.T) {
	ignore := "\n" + read(t, ".dockerignore")
	for _, f := range source(t) {
		first, _, _ := strings.Cut(f.Path, "/")
		if !f.Test && !strings.Contains(ignore, "\n!"+first+"\n") && first != f.Path {
			t.Errorf(".dockerignore keeps %s out of the image's build", f.Path)
		}
	}
	docker := read(t, "Dockerfile")
	for _, line := range []string{
		"CGO_ENABLED=0", "USER 65532:65532", "distroless/static-", "org.opencontainers.image.version=", "org.opencontainers.image.licenses=",
		`CMD ["serve", "--config", "/etc/ringback/ringback.yaml"]`,
	} {
		if !strings.Contains(docker, line) {
			t.Errorf("Dockerfile lacks %s", line)
		}
	}
	for _, m := range regexp.MustCompile(`(?m)(?:^FROM (?:--\S+ )?|--from=)(\S+)`).FindAllStringSubmatch(docker, -1) {
		if image := m[1]; image != "build" && !regexp.MustCompile(`\d.*:|:\d+\.\d+`).MatchString(image) || strings.HasSuffix(m[1], ":latest") {
			t.Errorf("Dockerfile: image %s names no version", image)
		}
	}
	version := regexp.MustCompile(`(?m)^go (\d+\.\d+)`).FindStringSubmatch(read(t, "go.mod"))
	if !strings.Contains(docker, "golang:"+version[1]+" ") {
		t.Errorf("Dockerfile does not build with Go %s, as go.mod asks", version[1])
	}
}
