#!/bin/sh
# Fetches the broker's jars into a folder (default: var/kafka/jars), once. Where Java 17 or Maven is missing it installs
# them by the system's package manager if it may, and otherwise says what to install.
#   deploy/kafka/install.sh [FOLDER]
set -eu
here=$(CDPATH='' cd -- "$(dirname -- "$0")" && pwd)
jars=${1:-$here/../../var/kafka/jars}
java=${JAVA_HOME:+$JAVA_HOME/bin/}java

has_java() { [ "$(java_version)" -ge 17 ] 2>/dev/null; }
java_version() { "$java" -version 2>&1 | sed -n 's/.*version "\([0-9]*\).*/\1/p' | head -n 1; }
ready() { has_java && command -v mvn >/dev/null; }
complete() { [ "$(cat "$jars/.complete" 2>/dev/null)" = "$wanted" ]; }

packages() {
    if command -v apt-get >/dev/null; then
        apt-get update -qq && apt-get install -y -qq --no-install-recommends openjdk-17-jre-headless maven
    elif command -v dnf >/dev/null; then
        dnf install -y -q java-17-openjdk-headless maven
    elif command -v apk >/dev/null; then
        apk add --quiet openjdk17-jre-headless maven
    else
        return 1
    fi
}

# The marker holds the sum of the list, so that another version of the broker is fetched anew.
wanted=$(cksum <"$here/pom.xml")
if has_java && complete; then exit 0; fi

if ! ready; then
    if [ "$(id -u)" -eq 0 ]; then packages >&2 || true; fi
    if ! ready; then
        echo "The Kafka broker needs Java 17 or newer and Maven: install openjdk-17-jre-headless and maven (Debian)," \
            "or java-17-openjdk-headless and maven (Fedora); tests can use a broker that runs elsewhere" \
            "(QIZHANG_TEST_KAFKA=host:port)." >&2
        echo "Kafka 需要 Java 17 或更新版本以及 Maven：请安装上述软件包；测试也可使用已有的 Kafka（QIZHANG_TEST_KAFKA）。" >&2
        exit 1
    fi
fi

# Whoever comes second waits for the first; the folder appears complete or not at all.
mkdir -p "$(dirname "$jars")"
exec 9>"$jars.lock"
if command -v flock >/dev/null; then flock 9; fi
if complete; then exit 0; fi
rm -rf "$jars" "$jars.part"
mvn -q -B -f "$here/pom.xml" dependency:copy-dependencies \
    -DoutputDirectory="$(CDPATH='' cd -- "$(dirname -- "$jars")" && pwd)/$(basename "$jars").part" \
    -DincludeScope=runtime >&2
echo "$wanted" >"$jars.part/.complete"
mv "$jars.part" "$jars"
