#include "app/workbench/places.h"

#include <algorithm>

namespace fxs::app {

Places::Places(Backend& local, QObject* parent) : QObject(parent) {
    const BackendInfo info = local.info();
    Place place;
    place.id = kLocal;
    place.name = QString::fromStdString(info.name);
    place.tip = tr("All cores of the computer that this window runs on; its jobs end with the program");
    place.backend = std::shared_ptr<Backend>(&local, [](Backend*) {}); // borrowed
    m_places.push_back(std::move(place));
}

const Place* Places::find(const QString& id) const {
    const auto it = std::find_if(m_places.begin(), m_places.end(), [&](const Place& p) { return p.id == id; });
    return it == m_places.end() ? nullptr : &*it;
}

void Places::put(Place place) {
    const auto it = std::find_if(m_places.begin(), m_places.end(), [&](const Place& p) { return p.id == place.id; });
    if (it == m_places.end())
        m_places.push_back(std::move(place));
    else
        *it = std::move(place);
    Q_EMIT changed();
}

void Places::remove(const QString& id) {
    if (id != kLocal && std::erase_if(m_places, [&](const Place& p) { return p.id == id; }) > 0)
        Q_EMIT changed();
}

} // namespace fxs::app
