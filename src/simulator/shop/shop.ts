/**
 * What a simulated seller has, at any moment. A shop is a pure function of its seed and the time: asked twice for the same
 * moment it says the same, also by another process, and what it says of the past never changes. So a simulator can be
 * stopped and started, and its clock moved, without contradicting what was synced from it before.
 */
export interface Shop {
  readonly seller: Seller;
  /** Cards that are not in the trash, oldest `updatedAt` first, then by nmId. */
  cards(at: Date): Card[];
  /** Cards that went to the trash within 30 days before `at` (later they are gone for good), oldest `trashedAt` first. */
  trashedCards(at: Date): TrashedCard[];
  /** A price a card that is not in the trash, by nmId. */
  prices(at: Date): CardPrice[];
  /** Orders of the 90 days before `at`, with what had become of them by then, oldest `lastChangeAt` first, then by srid. */
  orders(at: Date): Order[];
  /** Sales and returns of orders of the 90 days before `at` that had happened by then, oldest `lastChangeAt` first, then by saleId. */
  sales(at: Date): Sale[];
  /** One a size of each card that is not in the trash, and warehouse that has any of it or has it on the way. */
  stocks(at: Date): Stock[];
  /** Reviews of the 180 days before `at`, newest last, with what had been answered by then. */
  reviews(at: Date): Review[];
  /** One a card that is not in the trash. */
  ratings(at: Date): CardRating[];
}

export interface Seller {
  sellerId: string;
  name: string;
  tin: string;
  tradeMark: string;
}

export interface CardSize {
  /** Above 2³¹: Wildberries has such. */
  chrtId: number;
  /** `0` for goods without sizes. */
  techSize: string;
  /** '' for goods without sizes. */
  wbSize: string;
  skus: string[];
}

export interface Card {
  nmId: number;
  imtId: number;
  subjectId: number;
  /** Предмет, for instance «Кроссовки». */
  subjectName: string;
  /** Категория of the statistics reports, for instance «Обувь». */
  category: string;
  vendorCode: string;
  brand: string;
  title: string;
  description: string;
  photoUrl: string;
  color: string;
  characteristics: { id: number; name: string; value: string[] | number }[];
  sizes: CardSize[];
  createdAt: Date;
  /** Changes whenever the card does (a new title or description now and then). */
  updatedAt: Date;
}

export interface TrashedCard {
  card: Card;
  trashedAt: Date;
}

export interface CardPrice {
  nmId: number;
  vendorCode: string;
  /** Percent, whole. */
  discount: number;
  /** Percent, whole. */
  clubDiscount: number;
  sizes: {
    chrtId: number;
    techSize: string;
    /** Roubles, whole, before the discount. */
    price: number;
    /** Roubles, with up to two decimals. */
    discountedPrice: number;
    clubDiscountedPrice: number;
  }[];
}

export interface Order {
  srid: string;
  gNumber: string;
  /** The card as it was when it was ordered. */
  card: Card;
  size: CardSize;
  orderedAt: Date;
  cancelledAt: Date | undefined;
  lastChangeAt: Date;
  warehouseName: string;
  /** Where the buyer is. */
  countryName: string;
  oblastOkrugName: string;
  regionName: string;
  incomeId: number;
  sticker: string;
  /** Roubles, whole, without discounts. */
  totalPrice: number;
  /** Percent, whole: the seller's discount. */
  discountPercent: number;
  /** Percent, whole: Wildberries' own discount. */
  spp: number;
  /** Roubles with the seller's discount, up to two decimals. */
  priceWithDisc: number;
  /** Roubles that the buyer pays, up to two decimals. */
  finishedPrice: number;
}

export interface Sale {
  /** `S…` a sale, `R…` a return. */
  saleId: string;
  order: Order;
  soldAt: Date;
  lastChangeAt: Date;
  /** Roubles; 0 in the first hours after the sale, as Wildberries fills them in later (then lastChangeAt moves). */
  forPay: number;
  finishedPrice: number;
  priceWithDisc: number;
  paymentSaleAmount: number;
}

export interface Stock {
  nmId: number;
  chrtId: number;
  techSize: string;
  barcode: string;
  warehouseId: number;
  warehouseName: string;
  regionName: string;
  quantity: number;
  inWayToClient: number;
  inWayFromClient: number;
}

export interface Review {
  id: string;
  card: Card;
  size: CardSize;
  /** 1 to 5. */
  rating: number;
  /** '' where the buyer wrote nothing. */
  text: string;
  pros: string;
  cons: string;
  userName: string;
  createdAt: Date;
  answer: { text: string; answeredAt: Date } | undefined;
  viewed: boolean;
  /** '' | 'ок' | 'smaller' | 'bigger' */
  matchingSize: string;
  orderStatus: 'buyout' | 'rejected' | 'returned';
  bables: string[];
  hasPhoto: boolean;
  lastOrderAt: Date;
  lastOrderShkId: number;
}

export interface CardRating {
  nmId: number;
  /** What buyers gave in the reviews of `reviews(at)`, on average, one decimal; 0 without. */
  feedbackRating: number;
  feedbackCount: number;
  /** Quality of the card's content, 0 to 10. */
  productRating: number;
  stockWb: number;
  /** In the seller's own warehouse. */
  stockMp: number;
}

/** How large a shop is and how busy. */
export interface ShopOptions {
  seed: string;
  sellerId: string;
  /** Cards at any moment: for each that goes to the trash another one comes. */
  products: number;
  /** Orders of an average day; weekends, evenings and trends make it more or less. */
  ordersPerDay: number;
  /** Reviews of an average day. They are written by those who ordered: without orders there are none. */
  reviewsPerDay: number;
}
