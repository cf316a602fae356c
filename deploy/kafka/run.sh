#!/bin/sh
# Runs a single-node broker on 127.0.0.1 with its data in a folder, which it makes ready at the first start.
# The process becomes the broker itself: SIGTERM stops it in order. Its number stands in FOLDER/pid.
#   deploy/kafka/run.sh FOLDER PORT CONTROLLER_PORT [JARS]
set -eu
here=$(CDPATH='' cd -- "$(dirname -- "$0")" && pwd)
folder=$1 port=$2 controller=$3 jars=${4:-$here/../../var/kafka/jars}
java=${JAVA_HOME:+$JAVA_HOME/bin/}java
kafka() {
    exec "$java" -Xms128m -Xmx512m -XX:+UseSerialGC -Dkafka.logs.dir="$folder" \
        -Dlog4j2.configurationFile="$here/log4j2.properties" -cp "$jars/*" "$@"
}

mkdir -p "$folder"
{
    cat "$here/broker.properties"
    echo "controller.quorum.bootstrap.servers=127.0.0.1:$controller"
    echo "listeners=PLAINTEXT://127.0.0.1:$port,CONTROLLER://127.0.0.1:$controller"
    echo "advertised.listeners=PLAINTEXT://127.0.0.1:$port,CONTROLLER://127.0.0.1:$controller"
    echo "log.dirs=$folder/data"
} >"$folder/server.properties"
if [ ! -f "$folder/data/meta.properties" ]; then
    (kafka kafka.tools.StorageTool format --standalone -t qizhang-local-broker-1 -c "$folder/server.properties" >&2)
fi
echo $$ >"$folder/pid"
kafka kafka.Kafka "$folder/server.properties"
