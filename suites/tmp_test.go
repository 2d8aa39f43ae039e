package suites_test

import (
	"fmt"
	"net/http"
	"net/http/httptest"
	"os"
	"strings"
	"testing"
	"time"

	"omaspec/suites"
	"omaspec/suites/config"
	"omaspec/suites/probe"
)

func TestTmp(t *testing.T) {
	n := 0
	data := `"mobilePhone":"139****6421","company":"昆仑XXXXXXXX","customerName":"王XX","email":"wang****@kunlun-trade.cn","vdn":"150","createDate":1681203525000,"tenantSpaceStatus":"1","portalUrl":"https://software.huawei.com/auth?client_id=abc123&redirect_uri=https://aicc.tenant-a.cn/service-cloud/sm/login/portal.html"`
	srv := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		n++
		var list []string
		switch os.Getenv("KIND") {
		case "digits":
			for i := range 60000 {
				list = append(list, fmt.Sprint((n*i)%10))
			}
		case "names":
			for i := range 9000 {
				list = append(list, fmt.Sprintf(`{"n%d_%d":1}`, n, i))
			}
		default:
			for i := range 9000 {
				list = append(list, fmt.Sprintf(`"13%03d%06d"`, n, i))
			}
		}
		w.Header().Set("Content-Type", "application/json")
		w.Write([]byte("{" + data + `,"list":[` + strings.Join(list, ",") + "]}"))
	}))
	defer srv.Close()
	s := &suites.Session{Config: config.Default(), Tokens: map[probe.Role]probe.Secret{probe.Valid: probe.NewSecret("tk9-Q2mXw7LtR4bZc81KfJ0yNsE5uGdPaVo")}}
	s.Config.Target = srv.URL
	if err := s.Prepare(); err != nil {
		t.Fatal(err)
	}
	t0 := time.Now()
	step := func(name string) { fmt.Println(name, time.Since(t0).Round(time.Millisecond)); t0 = time.Now() }
	s.Gather(t.Context())
	step("gather")
	j := s.Judge(t.Context())
	step("judge")
	run := s.Record(j)
	step("record")
	s.Keep()()
	step("redact")
	a, err := s.Artefacts(run)
	step("artefacts")
	fmt.Println(len(a), err)
}
