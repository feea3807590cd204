// Files packed into one: tar (plain, gzip, bzip2, xz, zstd) and zip.
#pragma once

#include <functional>
#include <string>
#include <string_view>

namespace pigou {

/// True if `head`, the first bytes of a decompressed file, begins a tar archive.
bool is_tar(std::string_view head);

/// Calls `visit` with the name and the bytes of each regular file of the archive for which `wanted`
/// is true, in the order they are packed. The bytes live until the next call and have kTextPadding
/// readable bytes behind them. Nothing is written to disk. Throws UserError when the archive is
/// broken, or when a file unpacks to more than 1 GiB or all of them to more than 8 GiB.
void for_each_packed_file(const std::string& path,
                          const std::function<bool(std::string_view name)>& wanted,
                          const std::function<void(std::string_view, std::string_view)>& visit);

}  // namespace pigou
