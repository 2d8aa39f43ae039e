package session

import (
	"encoding/base64"
	"encoding/hex"
	"net/url"
	"strings"
	"testing"

	"omaspec/schemas/mask"
	"omaspec/suites/config"
	"omaspec/suites/probe"
)

// TestHoldsTruth: a true value is found in whatever it is glued to, unless it is so
// short that it is in other words by accident.
func TestHoldsTruth(t *testing.T) {
	s := &Setup{Config: config.Default(), Subject: mask.Subjects{
		"valid":         {mask.MobilePhone: "13907756421", mask.CustomerName: "Wangli", mask.Company: "昆仑国际", mask.Email: "wang@kunlun-trade.cn"},
		"second-tenant": {mask.CustomerName: "Li Na", mask.Company: "昆仑国"}}}
	for text, want := range map[string]bool{
		"x13907756421x": true, "out/2026139077564210": true, "user_wangli7": true, "/WANGLI2/": true, "在昆仑国际内": true, "mailto.wang@kunlun-trade.cnx": true,
		"x" + url.QueryEscape("昆仑国际") + "x": true, "139 0775 6421": true, "tenant of li na": true, "/昆仑国/": true,
		hex.EncodeToString([]byte("a13907756421b")): true, base64.StdEncoding.EncodeToString([]byte("tel:13907756421.")): true,
		"x1390775642x": false, "wangl": false, "reports/latest": false, "昆仑": false, "Napoli Nakata": false, "": false,
	} {
		if got := s.holdsTruth(text); got != want {
			t.Errorf("%q: %t, want %t", text, got, want)
		}
	}
	wallet, err := probe.NewWallet(map[probe.Role]probe.Secret{probe.Valid: probe.NewSecret("Zk9-17-unguessable-words")}, nil)
	if err != nil {
		t.Fatal(err)
	}
	for option, value := range map[string]string{"reports": "out/x13907756421x", "path": "/gw/wangli77/tenant", "target": "http://mywangli.example/",
		"server-name": "awanglib", "portal-hosts": "wangli2.example", "label-filter": "!x昆仑国际"} {
		with := *s
		if err := with.Config.Set(option, value); err != nil {
			t.Fatal(err)
		}
		if err := with.refuseTokens(wallet); err == nil || strings.Contains(strings.ToLower(err.Error()), "wangli") {
			t.Errorf("--%s: %v", option, err)
		}
	}
	if got := s.secrecy(config.Field{Name: "X-Note", Value: "user_wangli2024"}); got != probe.HiddenField {
		t.Errorf("the value of a field is not hidden: %v", got)
	}
}
