#pragma once

#include "engine/model/density.h"

#include <QTableWidget>
#include <optional>
#include <vector>

namespace fxs::ui {

/// The restarts of a phasing as rows that can be sorted by any column: number, seed, residual e_B, magnitude error e_M, free residual,
/// whether it is part of the average. Clicking a row chooses that restart; clicking it again lets it go.
/// Threads: GUI thread.
class RestartTable : public QTableWidget {
    Q_OBJECT

public:
    enum Column { number, seed, residual, magnitude, freeResidual, averaged, columnTotal };

    explicit RestartTable(QWidget* parent = nullptr);

    /// best: index of the best restart. The chosen row and the sorting stay.
    void setRestarts(const std::vector<Restart>& restarts, std::optional<std::size_t> best);
    std::optional<std::size_t> chosen() const { return m_chosen; }
    void choose(std::optional<std::size_t> restart); ///< emits chosenChanged() if it differs
    /// The restart shown in a row, as sorted.
    std::size_t restartInRow(int row) const;

Q_SIGNALS:
    void chosenChanged(std::optional<std::size_t> restart);

protected:
    void keyPressEvent(QKeyEvent* event) override; ///< arrows choose, Escape lets go

private:
    void selectRow();

    std::optional<std::size_t> m_chosen;
};

} // namespace fxs::ui
