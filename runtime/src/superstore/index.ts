export {
  readSuperstore,
  type Superstore,
  type SuperstoreLine,
  type SuperstoreOrder,
  type SuperstoreProduct,
  type SuperstoreUser,
} from './readSuperstore.ts'
