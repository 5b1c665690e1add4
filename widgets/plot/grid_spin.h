#pragma once

#include <QSpinBox>
#include <vector>

namespace fxs::ui {

/// A number field that steps through the places of a grid (rings, azimuths): its value is the index, its text the quantity; what is
/// typed goes to the nearest place.
class GridSpin : public QSpinBox {
    Q_OBJECT

public:
    GridSpin(const QString& name, const QString& help, const QString& unit, int decimals, QWidget* parent = nullptr);

    /// The places, rising. The index is kept as far as there is such a place. Emits nothing.
    void setPlaces(const std::vector<double>& places);
    const std::vector<double>& places() const { return m_places; }

    QString textFromValue(int index) const override;
    int valueFromText(const QString& text) const override;
    QValidator::State validate(QString& text, int& position) const override;

private:
    std::vector<double> m_places;
    int m_decimals;
};

/// The index of the place nearest to a value; 0 without places.
std::size_t nearestPlace(const std::vector<double>& places, double value);

} // namespace fxs::ui
