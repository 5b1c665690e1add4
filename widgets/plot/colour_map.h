#pragma once

#include <QColor>
#include <QString>

class QCPColorGradient;

namespace fxs::ui {

/// Perceptually uniform colour maps, and one that diverges from zero for signed values.
enum class ColourMap { viridis, magma, cividis, grey, diverging };
inline constexpr int kColourMapCount = 5;

QString colourMapName(ColourMap map);
/// The map as QCustomPlot wants it; invalid pixels (NaN) are drawn in nanColour.
QCPColorGradient gradientOf(ColourMap map, const QColor& nanColour);

} // namespace fxs::ui
