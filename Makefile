# make            what there is
# make run        the demo
# make test       all tests

SHELL := /bin/bash
.SHELLFLAGS := -euo pipefail -c
.DEFAULT_GOAL := help
MAKEFLAGS += --no-builtin-rules --no-print-directory

# Where everything is built.
SCRATCH ?= .build
# Where `make install` puts things, below DESTDIR if that is set.
PREFIX ?= /usr
SYSCONFDIR ?= /etc
DESTDIR ?=

PACKAGES := libcurl4-openssl-dev zlib1g-dev libsqlite3-dev libsystemd-dev libmd4c-dev libxxhash-dev \
    sqlite3 curl tzdata pkg-config ca-certificates
# Only tests need these: a clock that can be set, and systemd-analyze to compare with. Without them they are skipped.
TEST_PACKAGES := faketime systemd
# Where promtool comes to lie, out of a package of which nothing else is wanted, least of all its service.
TOOLS := $(SCRATCH)/tools
PROGRAMS := ferryd ferryctl ferry-sandbox

SWIFT := swift
# The one that comes with it.
CLANG = $(shell $(SWIFT)c -print-target-info | sed -n 's|.*"runtimeResourcePath": "\(.*\)/lib/swift".*|\1/bin/clang|p')
BUILD := $(SWIFT) build --scratch-path $(SCRATCH)
# Programs that run on machines without the toolchain: Swift's libraries are in them, and what these need of C++.
STATIC := $(SCRATCH)/static
# The same programs whenever they are built in a place. C's __FILE__ does not tell the place; Swift's own option for that
# is left alone, as a #file that it shortens keeps its length.
RELEASE := -c release --static-swift-stdlib -Xlinker -L$(abspath $(STATIC)) -Xlinker --build-id=none \
    -Xcc -ffile-prefix-map=$(CURDIR)=. -Xcxx -ffile-prefix-map=$(CURDIR)=.

RUN_TESTS := $(SWIFT) test --scratch-path $(SCRATCH) --skip-build --disable-xctest
# They run real programs and wait for them: on their own, so that nothing else takes their turns.
SLOW_TESTS := ^(EndToEndTests|FaultTests|FerryEngineTests)[.]
# They keep every core busy for seconds at a time: on their own, so that no other test's server waits for its turn.
SIMULATION := ^SimulationTests[.]
BUSY_TESTS := $(SIMULATION)|^FerryTransformsTests[.]|^FerryLedgerTests[.]RetentionTests|^FerrySandboxTests[.]SizeTests

.PHONY: help deps test-deps build debug run test lint bench soak sanitize fuzz manual install deb boot clean

help:
	@echo 'make run       build everything and see Ferry at work, until Ctrl-C'
	@echo 'make test      run all tests'
	@echo 'make build     build the programs into $(SCRATCH)/release'
	@echo 'make debug     build them without optimization into $(SCRATCH)/debug'
	@echo 'make bench     measure throughput and memory beside a C++ and a Python program'
	@echo 'make soak      play thousands of simulated histories, kill it hundreds of times at random moments, fuzz, and sanitize'
	@echo 'make sanitize  run all tests with the address sanitizer, then with the thread sanitizer'
	@echo 'make fuzz      feed its readers made-up inputs (FUZZ_SECONDS=60 each)'
	@echo 'make manual    build the programs, their manual pages and completions'
	@echo 'make install   install the programs, the service and its configuration (DESTDIR=, PREFIX=/usr)'
	@echo 'make deb       make a Debian package of it, in $(SCRATCH)/deb'
	@echo 'make boot      boot a Debian with the package in it, as root, and look how the service behaves there'
	@echo 'make deps      install the Debian packages that are needed to build'
	@echo 'make clean     delete $(SCRATCH)'

# Installs those of some packages that are missing: quick when none is, with no network and no root.
define install
missing=$$(for package in $(1); do \
    [ "$$(dpkg-query -W -f='$${db:Status-Status}' $$package 2>/dev/null || true)" = installed ] \
        || printf '%s ' $$package; done); \
[ -n "$$missing" ] || exit 0; \
sudo=; \
if [ "$$(id -u)" != 0 ]; then \
    command -v sudo >/dev/null || { \
        echo "These packages are missing, and there is no sudo: as root, run 'apt-get install $$missing'" >&2; \
        exit 1; }; \
    sudo=sudo; \
fi; \
echo "Installing missing packages: $$missing"; \
{ $$sudo apt-get update -qq \
    && $$sudo env DEBIAN_FRONTEND=noninteractive \
        apt-get install -y -qq --no-install-recommends $$missing </dev/null; } || { \
    echo "The packages could not be installed: see above; 'apt-get install $$missing' is what was tried." >&2; \
    exit 1; }
endef

deps:
	@command -v $(SWIFT) >/dev/null || { \
	    echo 'There is no Swift toolchain: install Swift 6.2 or later from https://www.swift.org/install/linux/' \
	        'and put its usr/bin into PATH.' >&2; exit 1; }
	@command -v dpkg-query >/dev/null || { \
	    echo 'This is not Debian: install what these packages hold, then run "make build":' \
	        '$(PACKAGES)' >&2; exit 1; }
	@$(call install,$(PACKAGES))

test-deps: deps
	@( $(call install,$(TEST_PACKAGES)) ) || echo 'The tests that need them will be skipped.' >&2
	@[ -x $(TOOLS)/usr/bin/promtool ] || { \
	    mkdir -p $(TOOLS) && cd $(TOOLS) && apt-get download -qq prometheus 2>/dev/null \
	        && dpkg-deb --fsys-tarfile prometheus_*.deb | tar -x ./usr/bin/promtool && rm prometheus_*.deb; \
	} || echo 'There is no promtool: the tests that need it will be skipped.' >&2

build: deps
	@mkdir -p $(STATIC); ln -sf "$$($(CLANG) -print-file-name=libstdc++.a)" $(STATIC)/
	@$(BUILD) $(RELEASE)

debug: deps
	@$(BUILD)

run: build
	@exec env FERRY_BIN=$(SCRATCH)/release etc/demo/run

lint: deps
	@$(SWIFT) format lint --strict --recursive Package.swift Sources Tests

# Modules may import only what Package.swift lets them; warnings are errors in every target.
test: lint test-deps
	@$(BUILD) --build-tests --explicit-target-dependency-import-check error
	@$(RUN_TESTS) --skip '$(SLOW_TESTS)' --skip '$(BUSY_TESTS)'
	@$(RUN_TESTS) --filter '$(BUSY_TESTS)'
	@$(RUN_TESTS) --filter '$(SLOW_TESTS)'

# Thousands of simulated histories and of two-way ones, then hundreds of kills at random moments, then the readers with
# random input, then all tests under the sanitizers: a night's work;
# FERRY_SIMULATION_SEED=n, FERRY_TWO_WAY_SEED=n or FERRY_FAULT_SEED=n in a failure's text replays that one with
# `make test`.
soak:
	@$(BUILD) --build-tests
	@FERRY_SOAK=1 $(RUN_TESTS) --filter '$(SIMULATION)'
	@FERRY_SOAK=1 $(RUN_TESTS) --filter '^FerryEngineTests[.]TwoWayModelTests'
	@FERRY_SOAK=1 $(RUN_TESTS) --filter '^FaultTests[.]'
	@FERRY_SOAK=1 $(RUN_TESTS) --filter '^FerryTransformsTests[.]RoundTripTests'
	@$(MAKE) fuzz
	@$(MAKE) sanitize

# All tests with the address sanitizer, then with the thread sanitizer, each in a build of its own, and with fewer
# simulated histories: they take ten times as long. A few tests at a time: of hundreds at once, those that must be done
# within a time would wait for the others.
SANITIZERS ?= address thread
sanitize: test-deps
	@for sanitizer in $(SANITIZERS); do \
	    build="--scratch-path $(SCRATCH)/$$sanitizer --sanitize $$sanitizer"; \
	    if [ $$sanitizer = thread ]; then \
	        mkdir -p $(SCRATCH)/thread; \
	        $(CLANG) -g -fPIC -fsanitize=thread -c Tests/Sanitizers/Mutex.c -o $(SCRATCH)/thread/Mutex.o; \
	        build="$$build -Xlinker $(abspath $(SCRATCH))/thread/Mutex.o"; \
	    fi; \
	    $(SWIFT) build $$build --build-tests -Xswiftc -DSANITIZED; \
	    for phase in "--skip $(SLOW_TESTS) --skip $(BUSY_TESTS)" "--filter $(BUSY_TESTS)" "--filter $(SLOW_TESTS)"; do \
	        FERRY_SIMULATION_COUNT=50 ASAN_OPTIONS=detect_leaks=0 TSAN_OPTIONS=halt_on_error=1 \
	            SWT_EXPERIMENTAL_MAXIMUM_PARALLELIZATION_WIDTH=4 \
	            $(SWIFT) test $$build --skip-build --disable-xctest $$phase; \
	    done; \
	done

# With libFuzzer and the address sanitizer, FUZZ_SECONDS for each reader, beginning with files that are there. An input
# that a reader does not stand is kept in $(FUZZ)/READER, where `ferry-fuzz READER FILE` reads it again.
FUZZ := $(SCRATCH)/fuzz
FUZZ_SECONDS ?= 60
BUILD_FUZZER := FERRY_FUZZ=1 $(SWIFT) build --scratch-path $(FUZZ) --product ferry-fuzz --sanitize address \
    -Xswiftc -sanitize=fuzzer -Xswiftc -O -Xswiftc -Xclang-linker -Xswiftc -fuse-ld=lld
fuzz: deps
	@$(BUILD_FUZZER)
	@mkdir -p $(FUZZ)/json $(FUZZ)/path $(FUZZ)/description $(FUZZ)/socket $(FUZZ)/seeds
	@awk -v RS='\n---\n' '{ print > "$(FUZZ)/seeds/" NR }' Sources/FerryServices/Descriptions/services.yaml
	@directory=$$($(BUILD_FUZZER) --show-bin-path); \
	fuzz() { \
	    "$$directory/ferry-fuzz" "$$1" -max_total_time=$(FUZZ_SECONDS) -max_len=16384 -timeout=10 \
	        -print_final_stats=1 -artifact_prefix=$(FUZZ)/$$1/ "$${@:3}" $(FUZZ)/$$1 "$$2"; \
	}; \
	fuzz json etc/ferry/schema; fuzz path Tests/Fuzz/Paths; fuzz description $(FUZZ)/seeds; \
	: 'A server that goes on lives in memory that nobody can be seen to hold.'; \
	ASAN_OPTIONS=detect_leaks=0 fuzz socket Tests/Fuzz/Requests -detect_leaks=0

bench: build
	@FERRY_BIN=$(SCRATCH)/release Tests/Bench/run

# The manual pages and the shells' completions, made from what the programs say of themselves.
MANUAL := $(SCRATCH)/manual
manual: build
	@mkdir -p $(MANUAL)
	@cd $(SCRATCH)/release; for program in ferryctl:1 ferryd:8 ferry-sandbox:1; do \
	    name=$${program%:*}; \
	    ./$$name --experimental-dump-help | ./ferryctl manual $$name > $(abspath $(MANUAL))/$$name.$${program#*:}; \
	done; \
	for name in ferryctl ferryd; do \
	    ./$$name --generate-completion-script bash | sed '1{/^#!/d}' > $(abspath $(MANUAL))/$$name.bash; \
	    for shell in zsh fish; do \
	        ./$$name --generate-completion-script $$shell > $(abspath $(MANUAL))/$$name.$$shell; \
	    done; \
	done; \
	for page in ferry.yaml ferry-service; do ./ferryctl manual $$page > $(abspath $(MANUAL))/$$page.5; done

# Does not build, since `sudo make install` should neither build as root nor need the toolchain in root's PATH.
# Two builds of the same sources in the same place differ in hashes that the compiler keeps of its modules: these are
# blanked, and not taken out, with which the segment that is read-only after relocation would be lost.
install:
	@for program in $(PROGRAMS); do [ -x $(SCRATCH)/release/$$program ] || { \
	    echo "There is no $(SCRATCH)/release/$$program: run 'make manual' first." >&2; exit 1; }; done
	@[ -e $(MANUAL)/ferryctl.1 ] || { echo "There are no manual pages: run 'make manual' first." >&2; exit 1; }
	install -D -m 755 -t '$(DESTDIR)$(PREFIX)/bin' $(PROGRAMS:%=$(SCRATCH)/release/%)
	strip $(PROGRAMS:%='$(DESTDIR)$(PREFIX)/bin/'%)
	@zeros=$$(mktemp); trap 'rm -f "$$zeros"' EXIT; cd '$(DESTDIR)$(PREFIX)/bin'; for program in $(PROGRAMS); do \
	    size=$$(readelf -SW $$program | sed -n 's/.*[.]swift_modhash *PROGBITS *[0-9a-f]* *[0-9a-f]* *\([0-9a-f]*\).*/\1/p'); \
	    head -c $$((16#$$size)) /dev/zero > "$$zeros"; \
	    objcopy --update-section .swift_modhash="$$zeros" $$program; \
	done
	install -d '$(DESTDIR)$(PREFIX)/lib/systemd/system'
	sed 's|/usr/bin/|$(PREFIX)/bin/|; s|/etc/ferry|$(SYSCONFDIR)/ferry|' systemd/ferryd.service \
	    > '$(DESTDIR)$(PREFIX)/lib/systemd/system/ferryd.service'
	chmod 644 '$(DESTDIR)$(PREFIX)/lib/systemd/system/ferryd.service'
	install -D -m 644 -t '$(DESTDIR)$(PREFIX)/lib/systemd/system' systemd/ferryd.socket
	install -D -m 644 -t '$(DESTDIR)$(PREFIX)/lib/systemd/catalog' systemd/ferry.catalog
	@for page in $(MANUAL)/*.[158]; do \
	    install -D -m 644 $$page '$(DESTDIR)$(PREFIX)/share/man/'man$${page##*.}/$${page##*/}; done
	@for name in ferryctl ferryd; do \
	    install -D -m 644 $(MANUAL)/$$name.bash '$(DESTDIR)$(PREFIX)/share/bash-completion/completions/'$$name; \
	    install -D -m 644 $(MANUAL)/$$name.zsh '$(DESTDIR)$(PREFIX)/share/zsh/vendor-completions/'_$$name; \
	    install -D -m 644 $(MANUAL)/$$name.fish '$(DESTDIR)$(PREFIX)/share/fish/vendor_completions.d/'$$name.fish; \
	done
	install -D -m 644 -t '$(DESTDIR)$(PREFIX)/share/ferry' etc/prometheus/ferry.rules.yaml etc/grafana/ferry.json
	install -D -m 644 systemd/ferry.sysusers '$(DESTDIR)$(PREFIX)/lib/sysusers.d/ferry.conf'
	install -D -m 644 systemd/ferry.tmpfiles '$(DESTDIR)$(PREFIX)/lib/tmpfiles.d/ferry.conf'
	install -d '$(DESTDIR)$(SYSCONFDIR)/ferry/integrations' '$(DESTDIR)$(SYSCONFDIR)/ferry/services'
	install -D -m 644 -t '$(DESTDIR)$(SYSCONFDIR)/ferry/schema' etc/ferry/schema/*.json
	@cd etc/ferry; for file in ferry.yaml integrations/*.yaml; do \
	    if [ -e '$(DESTDIR)$(SYSCONFDIR)/ferry/'$$file ]; then \
	        echo "kept as it is: $(DESTDIR)$(SYSCONFDIR)/ferry/$$file"; \
	    else \
	        install -m 644 $$file '$(DESTDIR)$(SYSCONFDIR)/ferry/'$$file; \
	    fi; done

# A Debian package of what `make install` installs; its dependencies are those of the libraries that the programs load.
DEB := $(abspath $(SCRATCH))/deb
VERSION := $(shell sed -n 's/.*current = "\(.*\)"/\1/p' Sources/FerryAPI/FerryVersion.swift)
deb: manual
	@rm -rf $(DEB); mkdir -p $(DEB)/root/DEBIAN $(DEB)/debian $(DEB)/root/usr/share/doc/ferry
	@$(MAKE) install SCRATCH=$(SCRATCH) DESTDIR=$(DEB)/root PREFIX=/usr SYSCONFDIR=/etc >/dev/null
	@cd $(DEB)/root; \
	others=$$(readelf -d usr/bin/* | sed -n 's/.*NEEDED.*\[\(.*\)\.so.*/\1/p' \
	    | grep -vxE 'libcurl|libsqlite3|libsystemd|libmd4c|libz|libc|libm|libgcc_s|ld-linux.*' | sort -u || true); \
	[ -z "$$others" ] || { echo "The programs need libraries that they should not:" $$others >&2; exit 1; }; \
	gzip -9n usr/share/man/man*/*; \
	install -D -m 644 $(CURDIR)/etc/debian/lintian-overrides usr/share/lintian/overrides/ferry; \
	cp $(CURDIR)/etc/debian/copyright usr/share/doc/ferry/; \
	gzip -9nc $(CURDIR)/CHANGELOG.md > usr/share/doc/ferry/CHANGELOG.md.gz; \
	sed 's/@VERSION@/$(VERSION)/' $(CURDIR)/etc/debian/changelog | gzip -9nc > usr/share/doc/ferry/changelog.gz; \
	cp $(CURDIR)/etc/debian/p* DEBIAN/; \
	find etc -type f -printf '/%p\n' | sort > DEBIAN/conffiles; \
	find usr -type f -print0 | sort -z | xargs -0 md5sum > DEBIAN/md5sums; \
	touch ../debian/control; \
	depends=$$(cd .. && dpkg-shlibdeps -O $(PROGRAMS:%=root/usr/bin/%) 2>/dev/null | sed 's/^shlibs:Depends=//'); \
	sed "s/@VERSION@/$(VERSION)/; s/@ARCHITECTURE@/$$(dpkg --print-architecture)/; s/@DEPENDS@/$$depends/; \
	    s/@SIZE@/$$(du -sk --exclude=DEBIAN . | cut -f1)/" $(CURDIR)/etc/debian/control > DEBIAN/control; \
	chmod -R u=rwX,go=rX .
	@dpkg-deb --root-owner-group --build $(DEB)/root $(DEB)/ferry_$(VERSION)_$$(dpkg --print-architecture).deb

# A Debian 12 that is made for it, booted with its own systemd: the package is installed, used, upgraded and removed in it.
boot: deb
	@$(BUILD) --build-tests
	@Tests/Systemd/run $(DEB)/ferry_$(VERSION)_$$(dpkg --print-architecture).deb $(SCRATCH)/boot $(SCRATCH)/debug

clean:
	rm -rf $(SCRATCH)
