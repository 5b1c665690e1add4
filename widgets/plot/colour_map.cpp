#include "widgets/plot/colour_map.h"

#include "widgets/plot/plot_library.h"

#include <vector>

namespace fxs::ui {

namespace {

/// Equidistant key colours; what lies between is interpolated in RGB, which at this spacing cannot be told from the original.
std::vector<QRgb> keyColours(ColourMap map) {
    switch (map) {
    case ColourMap::viridis:
        return {0x440154, 0x482878, 0x3e4a89, 0x31688e, 0x26828e, 0x1f9e89, 0x35b779, 0x6dcd59, 0xb4de2c, 0xfde725};
    case ColourMap::magma:
        return {0x000004, 0x180f3d, 0x440f76, 0x721f81, 0x9e2f7f, 0xcd4071, 0xf1605d, 0xfd9668, 0xfeca8d, 0xfcfdbf};
    case ColourMap::cividis:
        return {0x00204d, 0x00336f, 0x39486b, 0x575c6d, 0x707173, 0x8a8779, 0xa69d75, 0xc4b56c, 0xe4cf5b, 0xffea46};
    case ColourMap::grey:
        return {0x000000, 0xffffff};
    case ColourMap::diverging:
        return {0x053061, 0x2166ac, 0x4393c3, 0x92c5de, 0xd1e5f0, 0xf7f7f7,
                0xfddbc7, 0xf4a582, 0xd6604d, 0xb2182b, 0x67001f};
    }
    return {0x000000, 0xffffff};
}

} // namespace

QString colourMapName(ColourMap map) {
    switch (map) {
    case ColourMap::viridis:
        return QStringLiteral("Viridis");
    case ColourMap::magma:
        return QStringLiteral("Magma");
    case ColourMap::cividis:
        return QStringLiteral("Cividis");
    case ColourMap::grey:
        return QStringLiteral("Grey");
    case ColourMap::diverging:
        return QStringLiteral("Blue–red");
    }
    return {};
}

QCPColorGradient gradientOf(ColourMap map, const QColor& nanColour) {
    QCPColorGradient gradient;
    gradient.clearColorStops();
    const std::vector<QRgb> keys = keyColours(map);
    for (std::size_t i = 0; i < keys.size(); ++i)
        gradient.setColorStopAt(static_cast<double>(i) / static_cast<double>(keys.size() - 1), QColor(keys[i]));
    gradient.setLevelCount(350);
    gradient.setNanHandling(QCPColorGradient::nhNanColor);
    gradient.setNanColor(nanColour);
    return gradient;
}

} // namespace fxs::ui
