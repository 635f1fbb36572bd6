/// The words that seeded products are made of.
enum ProductWords {
    struct Kind {
        let prefix: String
        let category: String
        let plainNames: [String]
        let accentedNames: [String]
    }

    static let kinds: [Kind] = [
        Kind(
            prefix: "KIT",
            category: "Kitchen",
            plainNames: ["Stock Pot", "Bread Knife", "Pepper Mill", "Cast Iron Skillet", "Mixing Bowl Set"],
            accentedNames: [
                "Crème brûlée dish", "Fondue caquelon «Gruyère»", "Sauté pan", "Äpfel & Birnen peeler",
                "Jalapeño grill rack",
                "Pâté terrine", "Smörgåsbord platter",
            ]
        ),
        Kind(
            prefix: "GRD",
            category: "Garden",
            plainNames: ["Watering Can", "Hand Trowel", "Bird Feeder", "Compost Bin", "Pruning Shears"],
            accentedNames: [
                "Façade climber trellis", "Rosen-Gießkanne", "Bonsai 盆栽 starter kit", "Hängematte", "Señorita planter",
                "Gärtner-Handschuhe",
            ]
        ),
        Kind(
            prefix: "OFF",
            category: "Office",
            plainNames: ["Desk Lamp", "Paper Tray", "Fountain Pen", "Monitor Stand", "Notebook, dotted"],
            accentedNames: [
                "Résumé folder", "Büroklammern 500", "Papír zápisník", "Ołówek set of 12", "Cahier à carreaux",
                "Блокнот «Нева»",
            ]
        ),
        Kind(
            prefix: "OUT",
            category: "Outdoor",
            plainNames: ["Trail Lantern", "Rain Shell", "Camp Stove", "Water Filter", "Climbing Rope"],
            accentedNames: [
                "Fjällräv rucksack", "Überlebensmesser", "Après-ski boots", "Piñata tent", "Höhenmesser", "Kånö paddle",
            ]
        ),
        Kind(
            prefix: "TEX",
            category: "Home textiles",
            plainNames: ["Linen Throw", "Bath Towel", "Cotton Sheet", "Door Mat", "Cushion Cover"],
            accentedNames: [
                "Château curtain", "Décor pillow", "Türkisches Handtuch", "Kilim — Anadolu İşi", "Plaid écossais",
                "Tatami 畳 mat",
            ]
        ),
    ]

    static let brands: [(name: String, domain: String)] = [
        ("Northwind", "northwind.example"), ("Maison Brûlé", "maison-brule.example"),
        ("Ostermann & Söhne", "ostermann.example"),
        ("Fjord Supply", "fjord-supply.example"), ("Åkerlund", "akerlund.example"),
        ("Plain Goods", "plain-goods.example"),
        ("Señor Lobo", "senor-lobo.example"), ("Kiyomizu", "kiyomizu.example"),
    ]

    static let variants = [
        "small", "medium", "large", "set of 2", "set of 4", "matte black", "sage green", "ivory", "refurbished",
        "2nd edition",
    ]

    static let materials = [
        "stoneware", "beech wood", "stainless steel", "recycled cotton", "anodised aluminium", "cork",
    ]

    static let mailboxes = ["hello", "support", "orders", "returns", "care"]
}
