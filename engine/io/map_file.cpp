#include "engine/io/map_file.h"

#include "engine/core/error.h"

#include <fmt/format.h>
#include <gemmi/ccp4.hpp>
#include <gemmi/gz.hpp>

#include <algorithm>
#include <cerrno>
#include <cmath>
#include <cstring>
#include <filesystem>
#include <fstream>

namespace fxs {

namespace {

constexpr int kLargestEdge = 1024;

/// gemmi's exceptions say little about the kind of failure; what the system can tell is asked first.
void checkReadable(const std::string& path) {
    std::error_code failure;
    const auto status = std::filesystem::status(path, failure);
    if (!std::filesystem::exists(status))
        throw Error(ErrorCode::notFound, "there is no such file");
    if (std::filesystem::is_directory(status))
        throw Error(ErrorCode::badInput, "it is a folder, expected a density map");
    errno = 0;
    if (!std::ifstream(path, std::ios::binary))
        throw Error(errno == EACCES ? ErrorCode::noPermission : ErrorCode::io,
                    fmt::format("cannot be opened ({})", std::strerror(errno)));
}

template <class Read>
void readWithGemmi(Read&& read) {
    try {
        read();
    } catch (const std::exception& error) {
        throw Error(ErrorCode::badInput, fmt::format("not a whole MRC/CCP4 map ({})", error.what()));
    }
}

/// The header alone, through gzip or not.
void readHeader(gemmi::Ccp4<float>& map, gemmi::MaybeGzipped& input) {
    if (input.is_compressed()) {
        auto stream = input.get_uncompressing_stream();
        map.read_ccp4_header(stream, input.path());
    } else {
        const gemmi::fileptr_t file = gemmi::file_open(input.path().c_str(), "rb");
        gemmi::FileStream stream{file.get()};
        map.read_ccp4_header(stream, input.path());
    }
}

/// Everything that would make reading go wrong or mean something else, before memory is taken for it.
double checkHeader(const gemmi::Ccp4<float>& map) {
    const auto size = map.header_3i32(1);
    for (int n : size)
        if (n < 1 || n > kLargestEdge)
            throw Error(ErrorCode::badInput, fmt::format("{} x {} x {} voxels, expected 1 to {} an edge", size[0],
                                                         size[1], size[2], kLargestEdge));
    const int mode = map.header_i32(4);
    if (mode != 0 && mode != 1 && mode != 2 && mode != 6)
        throw Error(ErrorCode::unsupported,
                    fmt::format("mode {} (word 4 of the header), supported are 0, 1, 2 and 6", mode));
    const auto intervals = map.header_3i32(8);
    double spacing[3];
    for (int axis = 0; axis < 3; ++axis) {
        const double angle = map.header_float(14 + axis), edge = map.header_float(11 + axis);
        // Some programs write no angles at all and mean right ones.
        if (angle != 0 && std::abs(angle - 90) > 1e-3)
            throw Error(ErrorCode::unsupported, fmt::format("oblique cell (angle {}°), expected right angles", angle));
        if (!(edge > 0) || !std::isfinite(edge) || intervals[static_cast<std::size_t>(axis)] < 1)
            throw Error(ErrorCode::badInput, fmt::format("cell edge of {} Å in {} intervals, expected positive values",
                                                         edge, intervals[static_cast<std::size_t>(axis)]));
        spacing[axis] = edge / intervals[static_cast<std::size_t>(axis)];
    }
    for (int axis = 1; axis < 3; ++axis)
        if (std::abs(spacing[axis] - spacing[0]) > 2e-3 * spacing[0])
            throw Error(ErrorCode::unsupported, fmt::format("voxels of {:.4f} x {:.4f} x {:.4f} Å, expected cubes",
                                                            spacing[0], spacing[1], spacing[2]));
    return (spacing[0] + spacing[1] + spacing[2]) / 3;
}

} // namespace

void writeMap(const std::string& path, const DensityMap& map, const WriteOptions& options) {
    withContext("writing map " + path, [&] {
        const auto& shape = map.values.shape();
        if (map.values.empty() || shape[0] != shape[1] || shape[1] != shape[2] || shape[0] > kLargestEdge)
            throw Error(ErrorCode::badInput, fmt::format("density of {} x {} x {} voxels, expected a cube of 1 to {}",
                                                         shape[2], shape[1], shape[0], kLargestEdge));
        if (!(map.spacingAngstrom > 0) || !std::isfinite(map.spacingAngstrom))
            throw Error(ErrorCode::badInput,
                        fmt::format("spacing of {} Å, expected a positive one", map.spacingAngstrom));
        AtomicOutput output(path, options);

        const int n = static_cast<int>(map.size());
        const double edge = n * map.spacingAngstrom;
        gemmi::Ccp4<float> file;
        file.grid.nu = file.grid.nv = file.grid.nw = n;
        file.grid.axis_order = gemmi::AxisOrder::XYZ;
        file.grid.unit_cell.set(edge, edge, edge, 90, 90, 90);
        file.grid.data.assign(map.values.span().begin(), map.values.span().end());
        file.update_ccp4_header(2, true);
        file.set_header_3i32(5, -(n / 2), -(n / 2), -(n / 2));
        for (int axis = 0; axis < 3; ++axis)
            file.set_header_float(50 + axis, static_cast<float>(-(n - 1) / 2.0 * map.spacingAngstrom));
        std::string label = "FXS Workbench: electron density, relative units; centre of the box at the origin";
        label.resize(80, ' ');
        file.set_header_str(57, label);

        try {
            file.write_ccp4_map(output.temporaryPath());
        } catch (const std::exception& error) {
            throw Error(ErrorCode::io, error.what());
        }
        // gemmi does not look at what closing the file says (a full disk shows there).
        std::error_code failure;
        const auto written = std::filesystem::file_size(output.temporaryPath(), failure);
        const auto expected = 4 * (file.ccp4_header.size() + map.values.size());
        if (failure || written != expected)
            throw Error(ErrorCode::io, fmt::format("{} of {} bytes were written: the disk may be full",
                                                   failure ? 0 : written, expected));
        output.commit();
    });
}

DensityMap readMap(const std::string& path) {
    return withContext("reading map " + path, [&] {
        checkReadable(path);
        gemmi::Ccp4<float> file;
        {
            gemmi::MaybeGzipped input(path);
            readWithGemmi([&] { readHeader(file, input); });
        }
        const double spacing = checkHeader(file);
        readWithGemmi([&] {
            gemmi::MaybeGzipped input(path);
            file.read_ccp4(input);
            file.setup(0.0f, gemmi::MapSetup::ReorderOnly);
        });

        const auto nx = static_cast<std::size_t>(file.grid.nu), ny = static_cast<std::size_t>(file.grid.nv);
        const auto nz = static_cast<std::size_t>(file.grid.nw), n = std::max({nx, ny, nz});
        DensityMap map{Array<float, 3>({n, n, n}), spacing};
        for (std::size_t z = 0; z < nz; ++z)
            for (std::size_t y = 0; y < ny; ++y)
                for (std::size_t x = 0; x < nx; ++x) {
                    const float value = file.grid.data[(z * ny + y) * nx + x];
                    if (!std::isfinite(value))
                        throw Error(ErrorCode::badInput, fmt::format("voxel ({}, {}, {}) is not finite", x, y, z));
                    map.values(z + (n - nz) / 2, y + (n - ny) / 2, x + (n - nx) / 2) = value;
                }
        return map;
    });
}

} // namespace fxs
