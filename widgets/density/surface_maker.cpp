#include "widgets/density/surface_maker.h"

#include <algorithm>
#include <array>
#include <cmath>
#include <numeric>
#include <vector>
#include <vtkFloatArray.h>
#include <vtkFlyingEdges3D.h>
#include <vtkImageData.h>
#include <vtkNew.h>
#include <vtkPointData.h>
#include <vtkPolyData.h>
#include <vtkUnsignedCharArray.h>

namespace fxs::ui {

namespace {

using Rgb = std::array<double, 3>;

Rgb between(const std::array<Rgb, 6>& keys, double t) {
    const double at = std::clamp(t, 0.0, 1.0) * (keys.size() - 1);
    const auto k = std::min(static_cast<std::size_t>(at), keys.size() - 2);
    const double f = at - static_cast<double>(k);
    Rgb out{};
    for (std::size_t j = 0; j < 3; ++j)
        out[j] = keys[k][j] + f * (keys[k + 1][j] - keys[k][j]);
    return out;
}

// From the core outwards: warm to cool, all light enough to show shading.
constexpr std::array<Rgb, 6> kRadiusKeys{{{0.86, 0.30, 0.28},
                                          {0.96, 0.60, 0.35},
                                          {0.97, 0.87, 0.55},
                                          {0.56, 0.80, 0.62},
                                          {0.34, 0.64, 0.82},
                                          {0.38, 0.44, 0.76}}};
// Along z: the same at both ends would hide which way is up.
constexpr std::array<Rgb, 6> kHeightKeys{{{0.33, 0.42, 0.75},
                                          {0.35, 0.66, 0.80},
                                          {0.60, 0.82, 0.66},
                                          {0.95, 0.88, 0.60},
                                          {0.95, 0.65, 0.42},
                                          {0.84, 0.38, 0.36}}};

/// Running mean along one axis of a cube; beyond its faces there is nothing.
void blurAlong(std::vector<float>& values, std::vector<float>& line, std::size_t n, std::size_t stride,
               std::size_t start, int radius) {
    const auto edge = static_cast<int>(n);
    float sum = 0;
    const float weight = 1.0f / static_cast<float>(2 * radius + 1);
    for (int i = 0; i < std::min(radius, edge); ++i)
        sum += values[start + static_cast<std::size_t>(i) * stride];
    for (int i = 0; i < edge; ++i) {
        if (i + radius < edge)
            sum += values[start + static_cast<std::size_t>(i + radius) * stride];
        line[static_cast<std::size_t>(i)] = sum * weight;
        if (i - radius >= 0)
            sum -= values[start + static_cast<std::size_t>(i - radius) * stride];
    }
    for (std::size_t i = 0; i < n; ++i)
        values[start + i * stride] = line[i];
}

/// Two box blurs along each axis: close to a Gaussian.
void blur(std::vector<float>& values, std::size_t n, int radius) {
    std::vector<float> line(n);
    for (int pass = 0; pass < 2; ++pass)
        for (std::size_t a = 0; a < n; ++a)
            for (std::size_t b = 0; b < n; ++b) {
                blurAlong(values, line, n, 1, (a * n + b) * n, radius);
                blurAlong(values, line, n, n, a * n * n + b, radius);
            }
    for (int pass = 0; pass < 2; ++pass)
        for (std::size_t a = 0; a < n; ++a)
            for (std::size_t b = 0; b < n; ++b)
                blurAlong(values, line, n, n * n, a * n + b, radius);
}

/// How full of particle the neighbourhood is, at two ranges.
class Occupancy {
public:
    Occupancy(const MapVolume& map, double value) : m_map(map) {
        const std::size_t n = map.size(), count = n * n * n;
        std::vector<float> inside(count);
        // A ramp in place of a step: the surface lies between voxels.
        const double width = std::max(1e-30, 0.25 * std::abs(map.highest() - value));
        for (std::size_t i = 0; i < count; ++i)
            inside[i] =
                static_cast<float>(std::clamp(0.5 + (static_cast<double>(map.values()[i]) - value) / width, 0.0, 1.0));
        m_near = inside;
        m_far = std::move(inside);
        blur(m_near, n, std::max(1, static_cast<int>(n) / 40));
        blur(m_far, n, std::max(2, static_cast<int>(n) / 14));
        m_reachNear = std::max(1.0, static_cast<double>(n) / 30) * map.spacing();
        m_reachFar = std::max(2.0, static_cast<double>(n) / 11) * map.spacing();
    }

    /// Light that reaches a point of the surface, in [0.25, 1].
    double light(const double* point, const float* normal) const {
        const double near = sample(m_near, point, normal, m_reachNear);
        const double far = sample(m_far, point, normal, m_reachFar);
        // What an even plane hides of the sky is not darkness.
        const double hidden = 1.1 * std::max(0.0, near - 0.10) + 1.5 * std::max(0.0, far - 0.12);
        return std::clamp(1.04 - hidden, 0.25, 1.0);
    }

private:
    double sample(const std::vector<float>& values, const double* point, const float* normal, double reach) const {
        const std::size_t n = m_map.size();
        std::array<std::size_t, 3> base{};
        std::array<double, 3> f{};
        for (std::size_t a = 0; a < 3; ++a) {
            const double at = (point[a] + reach * static_cast<double>(normal[a]) - m_map.first()) / m_map.spacing();
            if (!(at >= 0) || at > static_cast<double>(n - 1))
                return 0;
            base[a] = std::min(static_cast<std::size_t>(at), n - 2);
            f[a] = at - static_cast<double>(base[a]);
        }
        double out = 0;
        for (std::size_t corner = 0; corner < 8; ++corner) {
            const std::size_t x = corner & 1, y = corner >> 1 & 1, z = corner >> 2;
            const double weight = (x ? f[0] : 1 - f[0]) * (y ? f[1] : 1 - f[1]) * (z ? f[2] : 1 - f[2]);
            out += weight * static_cast<double>(values[((base[2] + z) * n + base[1] + y) * n + base[0] + x]);
        }
        return out;
    }

    const MapVolume& m_map;
    std::vector<float> m_near, m_far;
    double m_reachNear = 0, m_reachFar = 0;
};

void colourPoints(vtkPolyData& mesh, const MapVolume& map, const SurfaceRequest& request) {
    const vtkIdType count = mesh.GetNumberOfPoints();
    std::vector<double> along(static_cast<std::size_t>(count));
    double low = 1e30, high = -1e30;
    for (vtkIdType i = 0; i < count; ++i) {
        std::array<double, 3> x{};
        mesh.GetPoint(i, x.data());
        const double value = request.colour == SurfaceColour::byHeight ? x[2] : std::hypot(x[0], x[1], x[2]);
        along[static_cast<std::size_t>(i)] = value;
        low = std::min(low, value);
        high = std::max(high, value);
    }
    const bool soft = request.softLight && map.size() > 3;
    const std::unique_ptr<Occupancy> occupancy =
        soft ? std::make_unique<Occupancy>(map, map.valueOf(request.level)) : nullptr;
    auto* normals = vtkFloatArray::SafeDownCast(mesh.GetPointData()->GetNormals());
    const Rgb plain{request.plain.redF(), request.plain.greenF(), request.plain.blueF()};
    vtkNew<vtkUnsignedCharArray> colours;
    colours->SetName("colour");
    colours->SetNumberOfComponents(3);
    colours->SetNumberOfTuples(count);
    for (vtkIdType i = 0; i < count; ++i) {
        const double t = high > low ? (along[static_cast<std::size_t>(i)] - low) / (high - low) : 0;
        Rgb rgb = request.colour == SurfaceColour::plain
                      ? plain
                      : between(request.colour == SurfaceColour::byHeight ? kHeightKeys : kRadiusKeys, t);
        if (occupancy && normals) {
            std::array<double, 3> x{};
            mesh.GetPoint(i, x.data());
            const double light = occupancy->light(x.data(), normals->GetPointer(3 * i));
            for (double& c : rgb)
                c *= light;
        }
        for (int c = 0; c < 3; ++c)
            colours->SetTypedComponent(
                i, c,
                static_cast<unsigned char>(std::lround(255 * std::clamp(rgb[static_cast<std::size_t>(c)], 0.0, 1.0))));
    }
    mesh.GetPointData()->SetScalars(colours);
}

} // namespace

vtkSmartPointer<vtkImageData> borrowImage(const MapVolume& map) {
    auto image = vtkSmartPointer<vtkImageData>::New();
    const int edge = static_cast<int>(map.size());
    image->SetDimensions(edge, edge, edge);
    image->SetSpacing(map.spacing(), map.spacing(), map.spacing());
    image->SetOrigin(map.first(), map.first(), map.first());
    vtkNew<vtkFloatArray> array;
    // VTK's interface is not const; nothing that reads this image writes to it.
    array->SetArray(const_cast<float*>(map.values()), static_cast<vtkIdType>(map.size() * map.size() * map.size()), 1);
    image->GetPointData()->SetScalars(array);
    return image;
}

QColor radiusColour(double t) {
    const Rgb rgb = between(kRadiusKeys, t);
    return QColor::fromRgbF(static_cast<float>(rgb[0]), static_cast<float>(rgb[1]), static_cast<float>(rgb[2]));
}

SurfacePtr makeSurface(const MapVolume& map, const SurfaceRequest& request) {
    auto out = std::make_shared<Surface>();
    out->mesh = vtkSmartPointer<vtkPolyData>::New();
    out->level = request.level;
    if (map.sigma() <= 0 || map.size() < 2)
        return out;
    // Triangles much smaller than what the data resolve: on the voxels themselves they would be seen as facets.
    const std::size_t factor = map.size() <= 50 ? 3 : map.size() <= 90 ? 2 : 1;
    const MapVolumePtr fine = factor > 1 ? map.finer(factor) : nullptr;
    vtkNew<vtkFlyingEdges3D> contour;
    contour->SetInputData(borrowImage(fine ? *fine : map));
    contour->ComputeNormalsOn();
    contour->ComputeScalarsOff();
    contour->ComputeGradientsOff();
    contour->SetValue(0, map.valueOf(request.level));
    contour->Update();
    out->mesh->ShallowCopy(contour->GetOutput());
    colourPoints(*out->mesh, map, request);
    out->triangles = static_cast<std::size_t>(out->mesh->GetNumberOfPolys());
    // Asked for here, so that the drawing thread need not go over all points.
    out->mesh->ComputeBounds();
    return out;
}

} // namespace fxs::ui
