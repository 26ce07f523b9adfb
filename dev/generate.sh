#!/usr/bin/env bash
# Rebuilds all generated sources from proto/.
#
#   dev/generate.sh           writes them in place
#   dev/generate.sh --check   writes them to a temporary folder and fails if the committed ones differ
set -euo pipefail
cd "$(dirname "$0")/.."

target=Sources/Shared/MeshMessages/Generated
descriptor_target=Sources/Tools/proto-gen/CDescriptor
check=false
case "${1-}" in
  "") ;;
  --check) check=true ;;
  *) echo "usage: dev/generate.sh [--check]" >&2; exit 2 ;;
esac

for tool in protoc protoc-c swift; do
  command -v "$tool" >/dev/null || { echo "generate: $tool is missing; run: make bootstrap" >&2; exit 1; }
done

work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT

# Where protoc finds google/protobuf/*.proto.
system_protos=$(dirname "$(dirname "$(command -v protoc)")")/include
[ -f "$system_protos/google/protobuf/any.proto" ] || {
  echo "generate: $system_protos/google/protobuf is missing; install libprotobuf-dev" >&2
  exit 1
}

export LC_ALL=C
mapfile -t ours < <(cd proto && find . -name '*.proto' | sed 's,^\./,,' | sort)
google=(any duration empty field_mask struct timestamp wrappers)
protos=("${ours[@]}" "${google[@]/#/google/protobuf/}")
protos=("${protos[@]/%.proto/}")
protos=("${protos[@]/%/.proto}")

# proto-gen reads descriptor sets with protoc-c's own code for descriptor.proto.
mkdir -p "$work/descriptor"
protoc-c -I"$system_protos" --c_out="$work/descriptor" google/protobuf/descriptor.proto
mkdir -p "$work/CDescriptor/include/google/protobuf"
mv "$work"/descriptor/google/protobuf/descriptor.pb-c.c "$work/CDescriptor/"
mv "$work"/descriptor/google/protobuf/descriptor.pb-c.h "$work/CDescriptor/include/google/protobuf/"
cat >"$work/CDescriptor/include/module.modulemap" <<'MAP'
module CProtoDescriptor {
  header "google/protobuf/descriptor.pb-c.h"
  export *
}
MAP

generated=$work/Generated
mkdir -p "$generated/C/include"
protoc-c -Iproto -I"$system_protos" --c_out="$generated/C" "${protos[@]}"
(cd "$generated/C" && find . -name '*.pb-c.h' | while read -r header; do
  mkdir -p "include/$(dirname "$header")"
  mv "$header" "include/$header"
done)
cat >"$generated/C/include/module.modulemap" <<'MAP'
module CMeshMessages {
  header "CMeshMessages.h"
  export *
}
MAP

protoc -Iproto -I"$system_protos" --include_imports --include_source_info \
  --descriptor_set_out="$work/descriptors.bin" "${protos[@]}"

if [ "$check" = false ]; then
  rm -rf "$descriptor_target"
  cp -r "$work/CDescriptor" "$descriptor_target"
fi
swift build --product proto-gen >&2
"$(swift build --show-bin-path)/proto-gen" "$work/descriptors.bin" "$generated"

if [ "$check" = true ]; then
  if ! diff -r "$work/CDescriptor" "$descriptor_target" >&2 || ! diff -r "$generated" "$target" >&2; then
    echo "generate: the committed generated sources differ from what proto/ gives; run: make generate" >&2
    exit 1
  fi
  echo "generate: up to date"
else
  rm -rf "$target"
  mkdir -p "$(dirname "$target")"
  cp -r "$generated" "$target"
  echo "generate: wrote $(find "$target" -type f | wc -l) files to $target"
fi
