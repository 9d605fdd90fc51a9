export default function ({ data }) {
  const { header, arrays } = unpack(data);
  lightboxVault().put(header.group, new Map(header.names.map((name, i) => [name, arrays[i]])));
}
