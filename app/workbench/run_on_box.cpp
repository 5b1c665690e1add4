#include "app/workbench/run_on_box.h"

#include "app/workbench/workbench.h"

namespace fxs::app {

RunOnBox::RunOnBox(Workbench& workbench, QWidget* parent) : QComboBox(parent), m_workbench(workbench) {
    setObjectName(QStringLiteral("run-on"));
    setAccessibleName(tr("Where jobs run"));
    setSizeAdjustPolicy(QComboBox::AdjustToContents);
    connect(&workbench, &Workbench::placeChanged, this, &RunOnBox::refresh);
    connect(&workbench.session(), &Session::jobsChanged, this, &RunOnBox::refresh);
    connect(this, &QComboBox::activated, this, [this](int index) { m_workbench.setPlace(itemData(index).toString()); });
    refresh();
}

void RunOnBox::refresh() {
    const std::vector<Place>& places = m_workbench.jobs().places().all();
    const QSignalBlocker quiet(this);
    clear();
    for (const Place& place : places) {
        addItem(place.name, place.id);
        setItemData(count() - 1, place.tip, Qt::ToolTipRole);
    }
    setCurrentIndex(std::max(0, findData(m_workbench.place())));
    setToolTip(tr("Where Analyse runs: %1").arg(currentData(Qt::ToolTipRole).toString()));
}

} // namespace fxs::app
